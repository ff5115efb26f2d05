from pathlib import Path

import pytest
import torch

from models.distill.recipe import DistillError
from models.sample import sample_character
from models.teachers.teacher import StudentTeacher
from server.distill_watch import Unwatched
from server.preparation import AskedTeacher, Preparation, alone


class Heard(Unwatched):
    def __init__(self) -> None:
        self.phases: list[str] = []

    def phase(self, name: str) -> None:
        self.phases.append(name)


def teacher(preparation: Preparation) -> AskedTeacher:
    return AskedTeacher(StudentTeacher(sample_character("ada")), preparation)


def test_what_a_teacher_is_asked_before_the_first_step_is_counted() -> None:
    heard = Heard()
    preparation = Preparation(heard, [])
    asked = teacher(preparation)
    preparation.phase("finding the organs")
    assert asked.faces(torch.zeros(2, 45)).shape == (2, 4, 128, 128)
    asked.faces(torch.zeros(1, 45))
    preparation.phase("asking")
    assert asked.pose(torch.zeros(1, 45)).posed.shape == (1, 4, 512, 512)
    preparation.over()
    asked.faces(torch.zeros(1, 45))
    assert heard.phases == [
        "finding the organs", "finding the organs, 2", "finding the organs, 3", "asking", "asking, 1"
    ]  # fmt: skip


def test_until_something_is_learnt_an_interrupted_run_ends_before_the_next_picture() -> None:
    interrupted: list[int] = []
    preparation = Preparation(Unwatched(), interrupted)
    asked = teacher(preparation)
    asked.faces(torch.zeros(1, 45))
    interrupted.append(2)
    for ask in (asked.faces, asked.pose):
        with pytest.raises(KeyboardInterrupt):
            ask(torch.zeros(1, 45))
    preparation.over()
    assert len(asked.faces(torch.zeros(1, 45))) == 1


def test_one_run_at_a_time_teaches_into_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "mine"
    with alone(folder, 0):
        with pytest.raises(DistillError, match=r"Another run is at work in .*mine"), alone(folder, 0):
            pass
        with alone(folder, 1), alone(tmp_path / "other", 0):
            pass
    with alone(folder, 0):
        pass


def test_a_place_where_there_can_be_no_folder_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DistillError, match=r"file cannot be written: "), alone(tmp_path / "file", 0):
        pass
