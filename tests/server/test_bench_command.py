"""`bunraku bench` measures what it is asked to, for people and for programs."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.pose import DEFAULT
from server.cli import main

QUICK = ["--size", "128", "--seconds", "0.1", "--batches", "1"]


@pytest.fixture
def poses(tmp_path: Path) -> Path:
    np.savez(tmp_path / "poses.npz", poses=np.tile(DEFAULT, (3, 1)))
    return tmp_path / "poses.npz"


def one_table(results: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The rows of the first table of a bench."""
    return list(next(iter(results[name].values())))


def test_the_bench_compares_engines_and_codecs_and_loads_the_server(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["bench", *QUICK, "--sessions", "2", "--fps", "30", "--json"]) == 0
    results = json.loads(capsys.readouterr().out)
    engines = {row["engine"]: row for row in one_table(results, "engine") if row["width"] == 128}
    assert engines["literal"]["ratio"] == 1
    assert (engines["folded"]["psnr"] or math.inf) > 48
    assert engines["literal"]["psnr"] is None
    codecs = {row["codec"]: row for row in one_table(results, "codec")}
    assert codecs["h264-alpha"]["kbps"] < codecs["png"]["kbps"]
    best, literal = one_table(results, "serve")
    assert (best["sessions"], literal["sessions"], literal["engine"]) == (2, 2, "literal")
    assert best["fps"] > 0


def test_a_bench_prints_tables_for_people_and_draws_a_plot(
    sample_folder: Path, poses: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--characters", str(sample_folder), "--poses", str(poses), "--plot", str(tmp_path / "plot.svg")]
    assert main(["bench", "engine", *given, *QUICK]) == 0
    out = capsys.readouterr().out
    assert "literal" in out and "ratio" in out and "How the time" in out
    assert (tmp_path / "plot.svg").read_text().startswith("<svg")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["engine", "--batches", "0"], "numbers above 0"),
        (["watch", "--watchers", "many"], "numbers above 0"),
        (["tracking"], "--clip FILE"),
        (["distill", "--points", "0"], "--points must be at least 1"),
        (["distill", "--recipes", "slow"], "There is no recipe 'slow' to measure; there are fast, "),
        (["engine", "--characters", "."], "There is no character in"),
        (["kernels", "--targets", "abacus"], "There is no target 'abacus'; there are sm_80, "),
    ],
)
def test_what_cannot_be_measured_is_one_sentence(
    asked: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", *asked]) == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1
