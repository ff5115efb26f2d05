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
from models.reach import WILD, grade_of
from models.survey import Effort, find_reach, poses_of

NAMES = ("lambda_00", "lambda_01")
WHITE = (255, 255, 255)

# One step of alpha in an 8-bit picture, in network space.
VISIBLE = -1 + 2 / 255

# Much less than is usual, so that the test is quick.
EFFORT = Effort(12, 80)

Poses = NDArray[np.float32]


def native(*, skip: bool) -> NativeEngine:
    if not LIBRARY.is_file() and not any(map(shutil.which, ("c++", "g++", "clang++"))):
        pytest.skip("This machine has no C++ compiler, so the native library was not built.")
    return NativeEngine(skip=skip)


@pytest.fixture(scope="module", params=NAMES)
def character(request: pytest.FixtureRequest, real_data: Path) -> Character:
    loaded = load_character(real_data / "characters" / str(request.param))
    return replace(loaded, reach=find_reach(loaded, native(skip=False), EFFORT, seed=1))


@pytest.fixture(scope="module")
def motion(real_data: Path) -> Poses:
    poses: Poses = np.load(real_data / "poses" / "motion_20fps.npz")["poses"]
    return poses


def anywhere(count: int) -> Poses:
    """Poses of any numbers within range."""
    return np.random.default_rng(4711).uniform(MINIMUM, MAXIMUM, (count, 45)).astype(np.float32)


def pair(character: Character) -> tuple[NativeEngine, NativeEngine]:
    engines = native(skip=True), native(skip=False)
    for engine in engines:
        engine.load(character)
    return engines


def test_real_motion_is_not_wild(motion: Poses) -> None:
    grades = np.array([grade_of(pose) for pose in motion])
    assert grades.max() < WILD
    assert (grades == 0).mean() > 0.5


def test_a_character_on_a_transparent_ground_leaves_half_of_its_picture_out(character: Character) -> None:
    assert character.reach is not None
    shares = [character.reach.shown(512, grade).float().mean().item() for grade in range(WILD)]
    assert 0.38 < shares[0] < 0.5
    assert shares[0] <= shares[1]


@pytest.mark.parametrize(("size", "count"), [(256, 12), (512, 2)])
@pytest.mark.parametrize("kind", ["motion", "near", "far", "anywhere"])
def test_nothing_that_can_be_seen_is_skipped_and_the_rest_has_the_very_bits(
    character: Character, motion: Poses, size: int, count: int, kind: str
) -> None:
    random = np.random.default_rng(4711)
    poses = {
        "motion": motion[7 :: len(motion) // count],
        "near": poses_of(0, count, random),
        "far": poses_of(1, count, random),
        "anywhere": anywhere(1),
    }[kind]
    engines, skipped = pair(character), 0
    for pose in poses:
        got, whole = (engine.draw([Request(character.id, pose, View(size))])[0] for engine in engines)
        empty = (got == -1).all(dim=0)
        skipped += int(empty.sum())
        assert not (empty & (whole[3] > VISIBLE)).any()
        assert torch.equal(got[:, ~empty], whole[:, ~empty])
    if kind in ("motion", "near"):
        assert skipped > 0.25 * size**2 * len(poses)


def test_pictures_with_gaps_are_those_of_the_literal_engine(character: Character, motion: Poses) -> None:
    engines = (LiteralEngine(torch.device("cpu")), native(skip=True))
    for engine in engines:
        engine.load(character)
    for pose, size in [(motion[900], 512), (anywhere(2)[1], 512), (motion[1700], 256)]:
        frames = (engine.draw([Request(character.id, pose, View(size))])[0] for engine in engines)
        literal, skipping = (to_display(frame[None], WHITE)[..., :3] for frame in frames)
        assert psnr(skipping, literal) > 48


def test_a_picture_without_a_transparent_place_is_noticed_at_the_first_pose(real_data: Path) -> None:
    poses: list[None] = []
    loaded = load_character(real_data / "characters" / "lambda_02")
    found = find_reach(loaded, native(skip=False), on_pose=lambda: poses.append(None))
    assert not found.saves(0)
    assert len(poses) == 1
