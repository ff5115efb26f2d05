"""Idle motion: what a character does by itself, as a pure function of time.

Nothing is remembered between two calls, so any moment can be drawn in any order, and two machines
with one seed draw the same. Whatever is irregular comes from hashing (seed, what, which slot of time).
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from models.pose import INDEX, MAXIMUM, MINIMUM, Pose

EASE_SECONDS = 1.0
BREATH_SECONDS = 4.0
# One blink falls in the middle half of every slot: 2 to 6 s from one to the next.
BLINK_SLOT_SECONDS = 4.0
CLOSE_SECONDS = 0.08
OPEN_SECONDS = 0.12
DOUBLE_BLINK_SHARE = 0.15
DOUBLE_BLINK_SECONDS = 0.3
GLANCE_SLOT_SECONDS = 1.7
GLANCE_SECONDS = 0.1
GLANCE_SIZE = 0.07

# parameter: ((amplitude, period in seconds), ...); no two periods have a small common multiple, so that the
# sway never visibly repeats.
SWAY = {
    "head_x": ((0.06, 7.3), (0.04, 3.1)),
    "head_y": ((0.09, 9.7), (0.04, 4.3)),
    "neck_z": ((0.08, 11.9), (0.03, 5.3)),
    "body_y": ((0.07, 13.7), (0.03, 6.1)),
    "body_z": ((0.07, 17.3), (0.03, 7.9)),
}

_BREATHING = INDEX["breathing"]
_IRISES = (INDEX["iris_rotation_x"], INDEX["iris_rotation_y"])
_EYES = tuple(
    tuple(INDEX[f"eye_{kind}_{side}"] for kind in ("wink", "happy_wink", "relaxed"))
    for side in ("left", "right")
)
_MASK = (1 << 64) - 1


def idle_pose(base: Pose, seconds: float, seed: int) -> Pose:
    """`base`, float32 (45,), with breath, blinks, sway and glances added; a new array within range.

    `seconds`: time since idling began, on any clock; at 0 and before, the pose is `base` itself, and the
    motion grows over the first second. `seed`: one number per character, so that no two move alike.
    """
    ease = _smooth(seconds / EASE_SECONDS)
    pose = base.astype(np.float32)
    for place, (name, waves) in enumerate(SWAY.items()):
        pose[INDEX[name]] += ease * _sway(seconds, seed, place, waves)
    for axis, index in enumerate(_IRISES):
        pose[index] += ease * _glance(seconds, seed, axis)
    pose[_BREATHING] += ease * (1.0 - math.cos(2.0 * math.pi * seconds / BREATH_SECONDS)) / 2.0
    _close_eyes(pose, ease * _blink(seconds, seed))
    return np.minimum(np.maximum(pose, MINIMUM), MAXIMUM)


def _sway(seconds: float, seed: int, place: int, waves: tuple[tuple[float, float], ...]) -> float:
    turns = (seconds / period + _chance(seed, f"sway {place}", k) for k, (_, period) in enumerate(waves))
    return sum(a * math.sin(2.0 * math.pi * turn) for (a, _), turn in zip(waves, turns, strict=True))


def _glance(seconds: float, seed: int, axis: int) -> float:
    """The small offset of the gaze, held between quick jumps, -GLANCE_SIZE..GLANCE_SIZE."""
    slot = math.floor(seconds / GLANCE_SLOT_SECONDS)
    # Both axes jump at one moment, as eyes do.
    start = (slot + 0.9 * _chance(seed, "glance start", slot)) * GLANCE_SLOT_SECONDS
    before, after = (2.0 * _chance(seed, f"glance {axis}", s) - 1.0 for s in (slot - 1, slot))
    return GLANCE_SIZE * (before + (after - before) * _smooth((seconds - start) / GLANCE_SECONDS))


def _blink(seconds: float, seed: int) -> float:
    """How far the eyes are closed by a blink, 0..1."""
    slot = math.floor(seconds / BLINK_SLOT_SECONDS)
    start = (slot + 0.25 + 0.5 * _chance(seed, "blink", slot)) * BLINK_SLOT_SECONDS
    closed = _lid(seconds - start)
    if _chance(seed, "double", slot) < DOUBLE_BLINK_SHARE:
        closed = max(closed, _lid(seconds - start - DOUBLE_BLINK_SECONDS))
    return closed


def _lid(since: float) -> float:
    """One blink that began `since` seconds ago: it closes quickly and opens a little slower, 0..1."""
    return _smooth(since / CLOSE_SECONDS) - _smooth((since - CLOSE_SECONDS) / OPEN_SECONDS)


def _close_eyes(pose: Pose, closed: float) -> None:
    # Only what the base leaves open: two closed shapes added together draw a broken lid.
    for shapes in _EYES:
        already = min(float(sum(pose[index] for index in shapes)), 1.0)
        pose[shapes[0]] += closed * (1.0 - already)


def _smooth(t: float) -> float:
    """0 before t = 0, 1 after t = 1, and a smooth step between."""
    t = min(max(t, 0.0), 1.0)
    return t * t * (3.0 - 2.0 * t)


@lru_cache(1 << 12)  # a frame asks for some twenty, which hold for seconds
def _chance(seed: int, what: str, slot: int) -> float:
    """A fixed random number in [0, 1) for this seed, purpose and slot of time (splitmix64)."""
    purpose = int.from_bytes(what.encode())
    word = (seed * 0x9E3779B97F4A7C15 + slot * 0xD1B54A32D192ED03 + purpose) & _MASK
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & _MASK
    return ((word ^ (word >> 31)) >> 11) / (1 << 53)
