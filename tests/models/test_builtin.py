"""The characters that come with Bunraku: students of its own puppets."""

import numpy as np
import pytest
import torch

from models.character import Character
from models.distill.poses import Poses
from models.engine import Request
from models.engines import build_engine
from models.folders import BUILT_IN, read_character
from models.likeness import likeness
from models.puppet.character import load_puppet
from models.reach import SHADES, WILD
from models.survey import poses_of
from models.view import View

# One 8-bit step of alpha, in network space.
VISIBLE = -1 + 2 / 255

NAMES = sorted(folder.name for folder in BUILT_IN.iterdir() if folder.is_dir())


def student(name: str) -> Character:
    character = read_character(BUILT_IN / name)
    assert isinstance(character, Character)
    return character


def test_there_are_two() -> None:
    assert [student(name).name for name in NAMES] == ["Minato", "Tsubaki"]


@pytest.mark.parametrize("name", NAMES)
def test_each_takes_less_than_two_megabytes(name: str) -> None:
    assert sum(file.stat().st_size for file in (BUILT_IN / name).iterdir()) < 2_000_000


@pytest.mark.parametrize("name", NAMES)
def test_less_than_half_of_each_picture_is_ever_drawn(name: str) -> None:
    reach = student(name).reach
    assert reach is not None
    for grade in range(WILD):
        assert float((reach.cells >= SHADES[grade]).float().mean()) < 0.5


@pytest.mark.parametrize("name", NAMES)
def test_each_draws_as_its_puppet_does_at_poses_that_it_never_saw(name: str) -> None:
    character, puppet = student(name), load_puppet(BUILT_IN / name).puppet
    assert torch.allclose(character.picture, puppet.picture, atol=0.02)
    engine = build_engine("auto", "cpu")
    engine.load(character)
    poses = Poses(0, "held-out").at(0, 6)
    drawn = torch.stack(engine.draw([Request(character.id, pose) for pose in poses]))
    posed = torch.stack([puppet.pose(pose).posed for pose in poses])
    assert likeness(drawn, posed).psnr > 38


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("grade", range(WILD))
def test_of_thousands_of_poses_none_loses_a_pixel_that_can_be_seen(name: str, grade: int) -> None:
    character, size = student(name), 256
    engines = [build_engine("auto", "cpu", skip=skip) for skip in (True, False)]
    if engines[0].name != "native":
        pytest.skip("The native library is not built here, and what draws instead leaves nothing out.")
    for engine in engines:
        engine.load(character)
    skipped = 0
    for pose in poses_of(grade, 500, np.random.default_rng(2026)):
        got, whole = (engine.draw([Request(character.id, pose, View(size))])[0] for engine in engines)
        left_out = (got == -1).all(dim=0)
        skipped += int(left_out.sum())
        assert not (left_out & (whole[3] > VISIBLE)).any()
        assert torch.equal(got[:, ~left_out], whole[:, ~left_out])
    assert skipped > 500 * size**2 / 3
