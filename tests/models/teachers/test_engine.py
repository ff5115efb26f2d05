from pathlib import Path

import pytest
import torch

from models.character import CharacterError
from models.engine import Drawer, Request
from models.pose import DEFAULT, changed
from models.teachers.character import TeacherCharacter
from models.teachers.engine import TeacherEngine, teachers_in
from models.teachers.system import System
from models.view import View

CPU = torch.device("cpu")


def test_it_draws_what_the_system_poses(
    separable: System, system_folder: Path, picture: torch.Tensor
) -> None:
    engine = TeacherEngine(system_folder.parent, CPU)
    drawer: Drawer = engine
    assert engine.load(TeacherCharacter("ada", "Ada", picture, "separable")) > 4 * 512 * 512
    pose = changed(DEFAULT, {"head_y": 0.5})
    head, whole = drawer.draw([Request("ada", pose, View(crop=(192, 64, 128, 128))), Request("ada", DEFAULT)])
    with torch.inference_mode():
        wanted = separable(separable.portrait(picture), torch.from_numpy(pose)[None]).full.merged[0]
    assert float((head - wanted[:, 64:192, 192:320]).abs().mean()) < 1e-4
    assert whole.shape == (4, 512, 512)
    engine.unload("ada")
    with pytest.raises(KeyError):
        drawer.draw([Request("ada", DEFAULT)])


def test_an_unknown_teacher_is_one_sentence(
    system_folder: Path, picture: torch.Tensor, tmp_path: Path
) -> None:
    engine = TeacherEngine(system_folder.parent, CPU)
    with pytest.raises(CharacterError, match="Character ada: there is no teacher 'nobody' here"):
        engine.load(TeacherCharacter("ada", "Ada", picture, "nobody"))
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "upscaler.pt").write_bytes(b"")
    with pytest.raises(CharacterError, match=r"teacher broken: broken lacks the file eyebrow_decomposer\.pt"):
        TeacherEngine(tmp_path, CPU).load(TeacherCharacter("ada", "Ada", picture, "broken"))


def test_teachers_are_the_folders_that_hold_systems(system_folder: Path, tmp_path: Path) -> None:
    assert list(teachers_in(system_folder.parent)) == ["separable"]
    assert teachers_in(tmp_path) == teachers_in(tmp_path / "absent") == {}
