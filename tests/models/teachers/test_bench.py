from pathlib import Path

import numpy as np
import pytest
import torch

from models.engines import build_engine
from models.pose import DEFAULT
from models.regions import Region
from models.sample import sample_character
from models.teachers import bench
from models.teachers.bench import ablation_rows, likeness_rows, size_rows, systems, time_rows
from models.teachers.system import System, Version
from models.training import ablation

CPU = torch.device("cpu")
POSES = np.stack([DEFAULT, DEFAULT])


@pytest.fixture
def small(separable: System, monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of the large systems made by rule, the smallest one."""

    def made(version: Version) -> System:
        return separable

    monkeypatch.setattr(bench, "by_rule", made)


@pytest.mark.usefixtures("small")
def test_weights_are_from_the_folder_or_else_by_rule(system_folder: Path, tmp_path: Path) -> None:
    assert {name: weights for name, (_, weights) in systems(system_folder.parent).items()} == {
        "THA3": "separable",
        "THA4": "by rule",
    }
    assert {weights for _, weights in systems(tmp_path).values()} == {"by rule"}


def test_sizes_stand_beside_the_papers(separable: System) -> None:
    rows = size_rows({"THA3": (separable, "x")}, sample_character("ada"))
    assert [row["system"] for row in rows] == ["THA3", "student"]
    assert rows[0]["MB"] == pytest.approx(55.3, abs=0.1)
    assert rows[1]["MB"] == pytest.approx(1.8, abs=0.1) == rows[1]["MB, paper"]


def test_times_and_no_likeness_from_made_up_weights(separable: System) -> None:
    made = {"THA4": (separable, "by rule")}
    engine, character = build_engine("auto", "cpu"), sample_character("ada")
    rows = time_rows(made, character, [engine], POSES, CPU, rounds=1)
    assert [row["system"] for row in rows] == ["THA4", f"student, {engine.name}"]
    assert rows[0]["ms a frame"] > rows[1]["ms a frame"] > 0
    assert likeness_rows(made, [character], engine, POSES, CPU) == []


def test_a_student_is_compared_with_its_teacher(separable: System) -> None:
    (row,) = likeness_rows(
        {"THA4": (separable, "ours")}, [sample_character("ada")], build_engine("auto", "cpu"), POSES[:1], CPU
    )
    assert 0 < row["worst"] <= row["PSNR"] < 60
    assert row["poses"] == 1
    assert row["LPIPS"] == "not measured"


def test_students_without_levels_are_as_large_and_timed_beside_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def strip(size: int) -> Region:
        return Region(size, 0, 0, size, 32)

    monkeypatch.setattr(ablation, "whole", strip)
    rows = {row["body"]: row for row in ablation_rows(sample_character("ada"), POSES, rounds=1)}
    assert list(rows) == ["student", "one-resolution", "vanilla"]
    assert rows["student"]["MB"] == rows["one-resolution"]["MB"] == pytest.approx(1.27, abs=0.02)
    times = [row["CPU time, against the student's"] for row in rows.values()]
    assert times[0] == 1
    assert all(time > 0 for time in times)
    assert [row["PSNR, paper"] for row in rows.values()] == [38.9, "", ""]
