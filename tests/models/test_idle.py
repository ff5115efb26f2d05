import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from models.idle import SWAY, idle_pose
from models.pose import INDEX, MAXIMUM, MINIMUM, NAMES

Frames = NDArray[np.float32]

REST = np.zeros(45, np.float32)
LEFT, RIGHT = INDEX["eye_wink_left"], INDEX["eye_wink_right"]
MOVED = {*SWAY, "iris_rotation_x", "iris_rotation_y", "breathing", "eye_wink_left", "eye_wink_right"}


def film(seconds: float, seed: int, base: Frames = REST, fps: int = 60, start: float = 0.0) -> Frames:
    return np.stack([idle_pose(base, start + frame / fps, seed) for frame in range(int(seconds * fps))])


@pytest.fixture(scope="module")
def ten_minutes() -> Frames:
    return film(600, seed=5, fps=30)


def blinks(frames: Frames, fps: int) -> list[float]:
    """The moments at which the eyes begin to close, in seconds."""
    shut = frames[:, LEFT] > 0.3
    return [i / fps for i, (before, now) in enumerate(itertools.pairwise(shut)) if now and not before]


def test_it_starts_exactly_at_the_base_pose_and_gives_a_copy() -> None:
    base = np.random.default_rng(1).uniform(MINIMUM, MAXIMUM).astype(np.float32)
    for seconds in (0.0, -3.0):
        pose = idle_pose(base, seconds, 9)
        assert (pose == base).all()
        assert pose is not base


def test_it_leaves_the_base_pose_gently() -> None:
    assert np.abs(film(0.1, seed=5) - REST).max() < 0.02


def test_the_same_moment_is_the_same_pose_in_any_order() -> None:
    forwards = [idle_pose(REST, t / 7, 3) for t in range(100)]
    backwards = [idle_pose(REST, t / 7, 3) for t in reversed(range(100))]
    np.testing.assert_array_equal(forwards, backwards[::-1])


def test_two_seeds_move_differently() -> None:
    assert np.abs(idle_pose(REST, 10.0, 1) - idle_pose(REST, 10.0, 2)).max() > 0.01


@pytest.mark.parametrize("seed", [0, -1, 2**63, 10**30])
def test_any_whole_number_is_a_seed(seed: int) -> None:
    assert np.isfinite(idle_pose(REST, 12.3, seed)).all()


def test_it_stays_within_range_whatever_the_base() -> None:
    for base in (MINIMUM, MAXIMUM, np.random.default_rng(2).uniform(MINIMUM, MAXIMUM).astype(np.float32)):
        frames = film(20, seed=4, base=base)
        assert frames.dtype == np.float32
        assert (frames >= MINIMUM).all()
        assert (frames <= MAXIMUM).all()


def test_only_breath_eyelids_gaze_and_sway_move(ten_minutes: Frames) -> None:
    assert {name for name, spread in zip(NAMES, np.ptp(ten_minutes, axis=0), strict=True) if spread} == MOVED


def test_nothing_but_a_blink_is_quick() -> None:
    steps = np.abs(np.diff(film(120, seed=8), axis=0)).max(axis=0)
    blinking = steps[[LEFT, RIGHT]]
    others = np.delete(steps, [LEFT, RIGHT])
    assert others.max() < 0.04
    assert 0.2 < blinking.max() < 0.35


def test_it_breathes_every_four_seconds() -> None:
    breath = film(60, seed=3, start=4.0)[:, INDEX["breathing"]]
    assert breath.min() == pytest.approx(0, abs=1e-3)
    assert breath.max() == pytest.approx(1, abs=1e-3)
    rising = np.flatnonzero((breath[:-1] < 0.5) & (breath[1:] >= 0.5)) / 60
    assert np.diff(rising) == pytest.approx(4.0, abs=0.05)


def test_it_blinks_every_two_to_six_seconds_and_now_and_then_twice(ten_minutes: Frames) -> None:
    gaps = np.diff(blinks(ten_minutes, 30))
    doubles = gaps < 0.5
    assert 150 <= len(gaps) <= 200
    assert 5 <= doubles.sum() <= 45
    assert gaps[~doubles].min() > 1.5
    assert gaps[~doubles].max() < 6.1
    assert np.std(gaps[~doubles]) > 0.5


def test_both_eyes_close_fully_for_about_a_fifth_of_a_second(ten_minutes: Frames) -> None:
    np.testing.assert_array_equal(ten_minutes[:, LEFT], ten_minutes[:, RIGHT])
    fine = film(60, seed=5, fps=200)[:, LEFT]
    begun = np.flatnonzero((fine[:-1] == 0) & (fine[1:] > 0))
    ended = np.flatnonzero((fine[:-1] > 0) & (fine[1:] == 0))
    assert (ended - begun) / 200 == pytest.approx(0.2, abs=0.02)
    assert all(fine[a:b].max() > 0.99 for a, b in zip(begun, ended, strict=True))


def test_eyes_that_are_closed_already_do_not_close_twice() -> None:
    base = REST.copy()
    base[[INDEX["eye_happy_wink_left"], INDEX["eye_relaxed_right"]]] = 1.0
    assert not film(30, seed=5, base=base)[:, [LEFT, RIGHT]].any()


def test_the_sway_is_small_and_does_not_repeat(ten_minutes: Frames) -> None:
    head = ten_minutes[:, INDEX["head_y"]]
    assert 0.1 < np.abs(head).max() <= 0.13
    # One of its own periods later it stands elsewhere.
    for _, period in SWAY["head_y"]:
        lag = round(period * 30)
        assert np.corrcoef(head[lag:], head[:-lag])[0, 1] < 0.95


def test_the_gaze_rests_between_small_jumps() -> None:
    gaze = film(60, seed=6, start=2.0)[:, INDEX["iris_rotation_x"]]
    still = np.abs(np.diff(gaze)) < 1e-6
    assert still.mean() > 0.8
    assert 0.05 < np.abs(gaze).max() <= 0.07 + 1e-6
