"""Recorded faces, smoothed: heads are steady, and blinks whole and in time."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from models.blendshapes import head_angles, to_pose
from models.pose import INDEX
from models.smoothing import Smoother
from models.steadiness import Blink, blinks, trembling

CLIPS = ("asl_bird.mkv", "asl_yes.mkv", "liveportrait_d3.mp4", "liveportrait_d9.mp4")
FPS = 30


def played(
    real_data: Path, clip: str
) -> tuple[NDArray[np.float64], NDArray[np.float32], NDArray[np.float32]]:
    """Times (n,) in seconds, and the poses (n, 45) of a recording raw and smoothed."""
    with gzip.open(real_data / "blendshapes" / f"{clip}.jsonl.gz", "rt") as lines:
        names = json.loads(next(lines))["names"]
        looks = [line for line in map(json.loads, lines) if line["blendshapes"]]
    raw = [
        to_pose(
            dict(zip(names, one["blendshapes"], strict=True)), head_angles(np.reshape(one["matrix"], (4, 4)))
        )
        for one in looks
    ]
    times = np.array([look["t_ms"] / 1000 for look in looks])
    smoother = Smoother()
    shown = [smoother(pose, now) for pose, now in zip(raw, times.tolist(), strict=True)]
    return times, np.array(raw), np.array(shown)


def lids(poses: NDArray[np.float32], side: str) -> NDArray[np.float32]:
    return np.asarray(poses[:, INDEX[f"eye_wink_{side}"]] + poses[:, INDEX[f"eye_happy_wink_{side}"]])


@pytest.mark.parametrize("angle", ["head_x", "head_y", "neck_z"])
def test_less_than_a_quarter_of_a_heads_trembling_is_left(real_data: Path, angle: str) -> None:
    left = {}
    for clip in CLIPS:
        _, raw, shown = played(real_data, clip)
        left[clip] = trembling(raw[:, INDEX[angle]], shown[:, INDEX[angle]], FPS)
    known = [share for share in left.values() if not np.isnan(share)]
    assert len(known) >= 2
    assert max(known) < 0.25, left


@pytest.mark.parametrize("side", ["left", "right"])
def test_blinks_are_nine_tenths_deep_within_40_ms(real_data: Path, side: str) -> None:
    found: list[Blink] = []
    for clip in CLIPS:
        times, raw, shown = played(real_data, clip)
        found += blinks(lids(raw, side), lids(shown, side), times)
    assert len(found) > 15
    assert min(blink.depth for blink in found) > 0.9
    assert max(blink.late for blink in found) <= 0.04
