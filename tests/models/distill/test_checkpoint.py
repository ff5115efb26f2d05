from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from models.character import load_character
from models.distill.checkpoint import STATE, check, resume, save
from models.distill.poses import Poses
from models.distill.recipe import DistillError
from models.distill.training import Lessons
from models.sample import sample_character


def test_every_checkpoint_is_a_character(make: Any, tmp_path: Path) -> None:
    one = make()
    one.learn()
    save(one, tmp_path / "ada", "Ada")
    character = load_character(tmp_path / "ada")
    assert character.name == "Ada"
    assert torch.equal(character.picture, sample_character("it").picture)
    assert torch.equal(character.body["last_linear.bias"], one.character("it").body["last_linear.bias"])


def test_a_run_goes_on_from_its_folder(make: Any, tmp_path: Path) -> None:
    one, other = make(), make()
    one.learn()
    save(one, tmp_path, "Ada")
    assert resume(other, tmp_path)
    assert other.step == 1
    assert one.learn() == other.learn()


def test_a_finished_run_leaves_only_the_character(make: Any, tmp_path: Path) -> None:
    one = make()
    while not one.finished:
        one.learn()
    save(one, tmp_path, "Ada")
    assert not (tmp_path / STATE).exists()
    assert not resume(make(), tmp_path)
    assert len(list(tmp_path.iterdir())) == 4


def test_a_state_is_known_for_another_runs_before_its_teacher_is_asked(
    make: Any, lessons: Lessons, tmp_path: Path
) -> None:
    save(make(), tmp_path, "Ada")
    picture = sample_character("it").picture
    check(tmp_path / "nothing", lessons)
    check(tmp_path, lessons)
    check(tmp_path, lessons, picture)
    for other in (replace(lessons, examples=8), replace(lessons, poses=Poses(1))):
        with pytest.raises(DistillError, match="another recipe, length, seed"):
            check(tmp_path, other)
    with pytest.raises(DistillError, match="character or mask"):
        check(tmp_path, lessons, -picture)


def test_a_damaged_state_is_refused_in_a_sentence(make: Any, tmp_path: Path) -> None:
    (tmp_path / STATE).write_bytes(b"nothing")
    with pytest.raises(DistillError, match="is damaged; name another folder, and begin --from this one"):
        resume(make(), tmp_path)
