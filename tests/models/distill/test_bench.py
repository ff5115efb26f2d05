from dataclasses import replace
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from models.distill import bench
from models.distill.bench import RECIPES, Yardstick, bench_recipes
from models.distill.recipe import FAST, PAPER, DistillError
from models.sample import sample_character
from models.teachers.teacher import StudentTeacher

CPU = torch.device("cpu")
SMALL = replace(FAST, batch=2, first=2, pool=2, fresh=2, tile=8, face_pixels=64, flow_rate=None)


def test_each_recipe_is_measured_on_its_way_to_the_end(teacher: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "RECIPES", {"small": SMALL, "other": replace(SMALL, at_rest=False)})
    ticks = count()
    monkeypatch.setattr(bench, "time", SimpleNamespace(process_time=lambda: float(next(ticks))))
    points = list(bench_recipes(teacher, ["small", "other"], 6.0, 2, CPU, held_out=1))
    assert [point["recipe"] for point in points] == ["small", "small", "other", "other"]
    assert [point["seconds"] for point in points] == [3, 6, 3, 6]
    assert [point["examples"] for point in points] == [6, 12, 6, 12]
    # What chance draws is not a picture at all; what begins at rest is one.
    assert points[0]["psnr"] > points[2]["psnr"] + 3


def test_a_student_who_draws_as_its_teacher_is_as_good_as_equal() -> None:
    character, other = sample_character("ada"), sample_character("bob", 5)
    yardstick = Yardstick(StudentTeacher(character, CPU), 2, 0)
    assert yardstick.whole(character) > 60 > 30 > yardstick.whole(other)
    assert yardstick.faces(character) > 60 > 30 > yardstick.faces(other)


def test_an_unknown_recipe_is_one_sentence(teacher: Any) -> None:
    with pytest.raises(DistillError, match="no recipe 'slow' to measure; there are fast, "):
        next(bench_recipes(teacher, ["fast", "slow"], 1, 1, CPU))


def test_fast_and_paper_are_measured_as_they_are() -> None:
    assert (RECIPES["fast"], RECIPES["paper"]) == (FAST, PAPER)
    assert all(recipe != FAST for name, recipe in RECIPES.items() if name != "fast")
