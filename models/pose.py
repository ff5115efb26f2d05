"""The pose: 45 numbers that say how a character holds its face, head and body (THA4 §3).

A pose is float32 (45,). Indices 0-38 are the facial parameters, all that the face morpher sees;
39-44 turn the head and the body.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Pose = NDArray[np.float32]


class PoseError(ValueError):
    """A pose that cannot be used; the message is one plain sentence."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One of the 45 numbers: its place, name, range and the part of the character that it moves."""

    index: int
    name: str
    minimum: float
    maximum: float
    group: str


PARAMETERS = (
    Parameter(0, "eyebrow_troubled_left", 0, 1, "eyebrow"),
    Parameter(1, "eyebrow_troubled_right", 0, 1, "eyebrow"),
    Parameter(2, "eyebrow_angry_left", 0, 1, "eyebrow"),
    Parameter(3, "eyebrow_angry_right", 0, 1, "eyebrow"),
    Parameter(4, "eyebrow_lowered_left", 0, 1, "eyebrow"),
    Parameter(5, "eyebrow_lowered_right", 0, 1, "eyebrow"),
    Parameter(6, "eyebrow_raised_left", 0, 1, "eyebrow"),
    Parameter(7, "eyebrow_raised_right", 0, 1, "eyebrow"),
    Parameter(8, "eyebrow_happy_left", 0, 1, "eyebrow"),
    Parameter(9, "eyebrow_happy_right", 0, 1, "eyebrow"),
    Parameter(10, "eyebrow_serious_left", 0, 1, "eyebrow"),
    Parameter(11, "eyebrow_serious_right", 0, 1, "eyebrow"),
    Parameter(12, "eye_wink_left", 0, 1, "eye"),
    Parameter(13, "eye_wink_right", 0, 1, "eye"),
    Parameter(14, "eye_happy_wink_left", 0, 1, "eye"),
    Parameter(15, "eye_happy_wink_right", 0, 1, "eye"),
    Parameter(16, "eye_surprised_left", 0, 1, "eye"),
    Parameter(17, "eye_surprised_right", 0, 1, "eye"),
    Parameter(18, "eye_relaxed_left", 0, 1, "eye"),
    Parameter(19, "eye_relaxed_right", 0, 1, "eye"),
    Parameter(20, "eye_unimpressed_left", 0, 1, "eye"),
    Parameter(21, "eye_unimpressed_right", 0, 1, "eye"),
    Parameter(22, "eye_raised_lower_eyelid_left", 0, 1, "eye"),
    Parameter(23, "eye_raised_lower_eyelid_right", 0, 1, "eye"),
    Parameter(24, "iris_small_left", 0, 1, "iris"),
    Parameter(25, "iris_small_right", 0, 1, "iris"),
    Parameter(26, "mouth_aaa", 0, 1, "mouth"),
    Parameter(27, "mouth_iii", 0, 1, "mouth"),
    Parameter(28, "mouth_uuu", 0, 1, "mouth"),
    Parameter(29, "mouth_eee", 0, 1, "mouth"),
    Parameter(30, "mouth_ooo", 0, 1, "mouth"),
    Parameter(31, "mouth_delta", 0, 1, "mouth"),
    Parameter(32, "mouth_lowered_corner_left", 0, 1, "mouth"),
    Parameter(33, "mouth_lowered_corner_right", 0, 1, "mouth"),
    Parameter(34, "mouth_raised_corner_left", 0, 1, "mouth"),
    Parameter(35, "mouth_raised_corner_right", 0, 1, "mouth"),
    Parameter(36, "mouth_smirk", 0, 1, "mouth"),
    Parameter(37, "iris_rotation_x", -1, 1, "iris rotation"),
    Parameter(38, "iris_rotation_y", -1, 1, "iris rotation"),
    Parameter(39, "head_x", -1, 1, "head"),
    Parameter(40, "head_y", -1, 1, "head"),
    Parameter(41, "neck_z", -1, 1, "head"),
    Parameter(42, "body_y", -1, 1, "body"),
    Parameter(43, "body_z", -1, 1, "body"),
    Parameter(44, "breathing", 0, 1, "breathing"),
)

COUNT = len(PARAMETERS)
NAMES = tuple(parameter.name for parameter in PARAMETERS)
INDEX = {parameter.name: parameter.index for parameter in PARAMETERS}


def _constant(values: Sequence[float]) -> Pose:
    array = np.array(values, np.float32)
    array.setflags(write=False)
    return array


MINIMUM = _constant([parameter.minimum for parameter in PARAMETERS])
MAXIMUM = _constant([parameter.maximum for parameter in PARAMETERS])
DEFAULT = _constant([0.0] * COUNT)


def from_values(values: Sequence[float] | NDArray[np.generic]) -> Pose:
    """A pose from 45 numbers in order, each clamped to its range.

    Raises PoseError where there are not 45, or one is not a finite number.
    """
    try:
        array = np.asarray(values)
    except (TypeError, ValueError):
        raise PoseError(f"A pose must be {COUNT} numbers.") from None
    if array.shape != (COUNT,):
        raise PoseError(f"A pose must be {COUNT} numbers, not {_counted(array)}.")
    if array.dtype.kind not in "fiu":
        raise PoseError(f"A pose must be {COUNT} numbers, and one of these is not a number.")
    return _clamped(array)


def from_bytes(data: bytes | bytearray | memoryview) -> Pose:
    """A pose from 45 little-endian float32, each clamped to its range.

    Raises PoseError for another length, or where one is not a finite number.
    """
    if len(data) != 4 * COUNT:
        raise PoseError(f"A pose must be {4 * COUNT} bytes ({COUNT} float32), not {len(data)}.")
    return _clamped(np.frombuffer(data, "<f4"))


def changed(pose: Pose, values: Mapping[str, float]) -> Pose:
    """A copy of `pose` with the named parameters replaced, each clamped to its range.

    Raises PoseError for a name that is none of the 45, or a value that is not a finite number.
    """
    result = pose.copy()
    for name, value in values.items():
        index = INDEX.get(name)
        if index is None:
            raise PoseError(_unknown(name))
        parameter = PARAMETERS[index]
        result[index] = min(max(_finite(name, value), parameter.minimum), parameter.maximum)
    return result


def as_map(pose: Pose) -> dict[str, float]:
    """The pose as name -> value, all 45 of them."""
    return dict(zip(NAMES, pose.tolist(), strict=True))


def _clamped(array: NDArray[np.generic]) -> Pose:
    # Clamped before the cast, so that a float64 beyond float32 neither overflows nor warns.
    if not np.isfinite(array).all():
        raise PoseError(f"Pose value {int(np.argmin(np.isfinite(array)))} is not a finite number.")
    return np.asarray(np.minimum(np.maximum(array, MINIMUM), MAXIMUM), np.float32)


def _counted(array: NDArray[np.generic]) -> str:
    return str(array.size) if array.ndim == 1 else f"an array of shape {array.shape}"


def _finite(name: str, value: float) -> float:
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float | np.floating)
        or not math.isfinite(value)
    ):
        raise PoseError(f"The value of {name} is not a finite number.")
    return value


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(str(name), NAMES, n=1)
    hint = f"; did you mean {near[0]}?" if near else "."
    return f"There is no pose parameter named {str(name)[:60]!r}{hint}"
