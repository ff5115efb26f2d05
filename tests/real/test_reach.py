"""What is skipped of real characters is nowhere to be seen, and what is drawn is as it would be anyhow."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from models.bench import psnr
from models.character import Character, load_character
from models.engine import Request, View
from models.literal import LiteralEngine
from models.native.engine import NativeEngine
from models.native.library import LIBRARY
from models.pictures import to_display
from models.pose import MAXIMUM, MINIMUM
from models.reach import GRADES, WILD, Reach, grade_of
from models.survey import Effort, calm_poses, find_reach

NAMES = ("lambda_00", "lambda_01")
WHITE = (255, 255, 255)

# One step of alpha in an 8-bit picture, in network space.
VISIBLE = -1 + 2 / 255

# Pictures of each size and kind of pose that are looked at.
LOOKED_AT = {128: 100, 256: 20, 512: 6}

Poses = NDArray[np.float32]


def native(*, skip: bool) -> NativeEngine:
    if not LIBRARY.is_file() and not any(map(shutil.which, ("c++", "g++", "clang++"))):
        pytest.skip("This machine has no C++ compiler, so the native library was not built.")
    return NativeEngine(skip=skip)


@pytest.fixture(scope="module", params=NAMES)
def character(request: pytest.FixtureRequest, real_data: Path) -> Character:
    """A character whose reach was found in a quarter of the usual time."""
    loaded = load_character(real_data / "characters" / str(request.param))
    return replace(loaded, reach=find_reach(loaded, native(skip=True), Effort(200, 25, 3), seed=1))


@pytest.fixture(scope="module")
def motion(real_data: Path) -> Poses:
    poses: Poses = np.load(real_data / "poses" / "motion_20fps.npz")["poses"]
    return poses


def reach_of(character: Character) -> Reach:
    assert character.reach is not None
    return character.reach


def anywhere(count: int) -> Poses:
    """Poses of any numbers within range."""
    return np.random.default_rng(4711).uniform(MINIMUM, MAXIMUM, (count, 45)).astype(np.float32)


def defects(engine: NativeEngine, character: Character, poses: Poses, size: int) -> int:
    """Pixels that are visible at some pose and would be skipped there."""
    missed = torch.zeros(size, size, dtype=torch.bool)
    for pose in poses:
        (frame,) = engine.draw([Request(character.id, pose, View(size))])
        missed |= (frame[3] > VISIBLE) & ~reach_of(character).shown(size, grade_of(pose))
    return int(missed.sum())


def test_real_motion_is_not_wild(motion: Poses) -> None:
    grades = np.array([grade_of(pose) for pose in motion])
    assert grades.max() < WILD
    assert (grades == 0).mean() > 0.5


def test_a_character_on_a_transparent_ground_leaves_half_of_its_picture_out(character: Character) -> None:
    shares = [reach_of(character).shown(512, grade).float().mean().item() for grade in GRADES]
    assert 0.3 < shares[0] < 0.42
    assert shares == sorted(shares)
    assert shares[WILD] < 0.75


@pytest.mark.parametrize("size", LOOKED_AT)
@pytest.mark.parametrize("kind", ["motion", "calm", "anywhere"])
def test_nothing_that_can_be_seen_is_skipped(
    character: Character, motion: Poses, size: int, kind: str
) -> None:
    count, random = LOOKED_AT[size], np.random.default_rng(4711)
    poses = {
        "motion": motion[7 :: len(motion) // count],
        "calm": np.concatenate([calm_poses(grade, count // 3, random) for grade in GRADES[:WILD]]),
        "anywhere": anywhere(count),
    }[kind]
    engine = native(skip=False)
    engine.load(character)
    assert defects(engine, character, poses, size) == 0


@pytest.mark.parametrize("view", [View(), View(512, (140, 30, 201, 260)), View(256)], ids=str)
def test_what_is_drawn_has_the_very_bits_of_a_whole_picture(
    character: Character, motion: Poses, view: View
) -> None:
    skipping, drawing = native(skip=True), native(skip=False)
    left, top, right, bottom = view.box
    for engine in (skipping, drawing):
        engine.load(character)
    for pose in (motion[500], anywhere(1)[0]):
        request = Request(character.id, pose, view)
        shown = reach_of(character).shown(view.size, grade_of(pose))[top:bottom, left:right]
        expected = torch.where(shown, drawing.draw([request])[0], -1.0)
        assert torch.equal(skipping.draw([request])[0], expected)


def test_pictures_with_gaps_are_those_of_the_literal_engine(character: Character, motion: Poses) -> None:
    engines = (LiteralEngine(torch.device("cpu")), native(skip=True))
    for engine in engines:
        engine.load(character)
    for pose, size in [(motion[900], 512), (anywhere(2)[1], 512), (motion[1700], 256)]:
        frames = (engine.draw([Request(character.id, pose, View(size))])[0] for engine in engines)
        literal, skipping = (to_display(frame[None], WHITE)[..., :3] for frame in frames)
        assert psnr(skipping, literal) > 48


def test_a_picture_without_a_transparent_place_is_drawn_whole(real_data: Path) -> None:
    poses: list[None] = []
    loaded = load_character(real_data / "characters" / "lambda_02")
    found = find_reach(loaded, native(skip=True), on_pose=lambda: poses.append(None))
    assert found.whole
    assert len(poses) < 100
