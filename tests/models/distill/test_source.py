from pathlib import Path

import pytest
import torch

from models.character import save_character
from models.distill.recipe import DistillError
from models.distill.source import find_teacher
from models.puppet.description import DescriptionError
from models.sample import sample_character
from models.teachers.teacher import PuppetTeacher, StudentTeacher

CPU = torch.device("cpu")


def test_a_puppet_is_found_by_its_name() -> None:
    assert isinstance(find_teacher("puppet:minato", CPU), PuppetTeacher)
    with pytest.raises(DescriptionError, match="no puppet 'nobody'"):
        find_teacher("puppet:nobody", CPU)


def test_a_character_teaches_from_its_folder(tmp_path: Path) -> None:
    save_character(sample_character("ada"), tmp_path / "ada")
    teacher = find_teacher(str(tmp_path / "ada"), CPU)
    assert isinstance(teacher, StudentTeacher)
    assert torch.equal(teacher.picture, sample_character("ada").picture)


def test_a_full_system_needs_a_picture(tmp_path: Path) -> None:
    (tmp_path / "upscaler.pt").touch()
    with pytest.raises(DistillError, match="needs a picture"):
        find_teacher(str(tmp_path), CPU)


def test_a_picture_that_a_teacher_would_not_pose_is_refused(tmp_path: Path) -> None:
    save_character(sample_character("ada"), tmp_path / "ada")
    for own in (str(tmp_path / "ada"), "puppet:minato"):
        with pytest.raises(DistillError, match=r"its own picture, and mine\.png would not be used"):
            find_teacher(own, CPU, tmp_path / "mine.png")


def test_anything_else_is_no_teacher(tmp_path: Path) -> None:
    for picture in (None, tmp_path / "mine.png"):
        with pytest.raises(DistillError, match="is no teacher"):
            find_teacher(str(tmp_path), CPU, picture)
