"""From a tracked face to a pose: 52 blendshapes and the turn of a head become the 45 pose parameters.

Left and right are always the owner's own. `eyeBlinkLeft` is the left eye of the person before the
camera, and it closes `eye_wink_left`, the character's own left eye, which a picture shows on its right.
So the character does as the person does; `mirror` makes it do what a mirror would show instead.

`head` is (pitch, yaw, roll) in degrees about the face's own axes, right-handed, as MediaPipe's face matrix
and ARKit's face anchor have them: x points to the person's left, y up, z out of the nose. Hence

    pitch > 0  the chin goes down             head_x < 0           (head_x > 0 looks up)
    yaw   > 0  the face turns to its own left  head_y, body_y < 0   (> 0 turns to its own right)
    roll  > 0  the crown tips to its own right neck_z, body_z > 0   (> 0 tips to its own right)

and for the eyes iris_rotation_x > 0 looks up and iris_rotation_y > 0 looks to the character's own right.

Jaw shifts, mouth shifts, puffed cheeks, sneers and the tongue have no counterpart among the parameters.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from models.pose import INDEX, NAMES, Pose, PoseError

# fmt: off
_SIDED = (
    "browDown", "browOuterUp", "cheekSquint", "eyeBlink", "eyeLookDown", "eyeLookIn", "eyeLookOut",
    "eyeLookUp", "eyeSquint", "eyeWide", "jaw", "mouth", "mouthDimple", "mouthFrown", "mouthLowerDown",
    "mouthPress", "mouthSmile", "mouthStretch", "mouthUpperUp", "noseSneer",
)
_SINGLE = (
    "browInnerUp", "cheekPuff", "jawForward", "jawOpen", "mouthClose", "mouthFunnel", "mouthPucker",
    "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper", "tongueOut",
)
# fmt: on
BLENDSHAPES = tuple(sorted([*_SINGLE, *(name + side for name in _SIDED for side in ("Left", "Right"))]))
"""ARKit's 52 names. MediaPipe sends them without `tongueOut` and with `_neutral`, which is ignored."""

_SIDES = (("left", "Left"), ("right", "Right"))
_FUNNEL_OPENS = 0.4
# A calibration made in mid-blink or mid-word must not keep an eye from closing or a mouth from opening.
_REST_LIMIT = 0.3


@dataclass(frozen=True, slots=True)
class Ramp:
    """How a measure drives a parameter: 0 up to `start`, then evenly to `limit` at `full` and beyond.

    `start` is the dead zone, 1 / (full - start) the gain. Raises ValueError unless 0 <= start < full
    and 0 <= limit <= 1.
    """

    start: float
    full: float
    limit: float = 1.0

    def __post_init__(self) -> None:
        if not (0 <= self.start < self.full < math.inf and 0 <= self.limit <= 1):
            raise ValueError("A ramp needs 0 <= start < full and 0 <= limit <= 1.")

    def __call__(self, value: float) -> float:
        """The parameter, 0..limit, at `value`."""
        if value <= self.start:
            return 0.0
        if value >= self.full:
            return self.limit
        return self.limit * (value - self.start) / (self.full - self.start)

    def signed(self, value: float) -> float:
        """The same on both sides of zero: -limit..limit."""
        return self(value) if value >= 0 else -self(-value)


@dataclass(frozen=True, slots=True)
class Profile:
    """What each parameter needs of a face before it moves, and to be complete.

    Blendshapes are 0..1 and angles degrees. The defaults suit MediaPipe, whose values at rest are
    restless and whose closed eyes reach about 0.7 (a single wink 0.5), and do for ARKit.
    """

    brow_raised: Ramp = Ramp(0.15, 0.75)  # mean of browInnerUp and browOuterUp
    brow_troubled: Ramp = Ramp(0.15, 0.6)  # browInnerUp beyond browOuterUp
    brow_down: Ramp = Ramp(0.2, 0.8)
    brow_down_as: Literal["angry", "troubled", "lowered", "serious"] = "angry"
    wide: Ramp = Ramp(0.05, 0.45)
    blink: Ramp = Ramp(0.25, 0.55)
    wink: Ramp = Ramp(0.1, 0.35)  # difference of the eyes; below it both close alike
    happy_wink: Ramp = Ramp(0.3, 0.7)  # mean smile
    squint: Ramp = Ramp(0.45, 0.9)
    squint_as: Literal["raised_lower_eyelid", "relaxed", "unimpressed"] = "raised_lower_eyelid"
    gaze_up: Ramp = Ramp(0.05, 0.8)  # up or down
    gaze_side: Ramp = Ramp(0.05, 0.8)
    mouth_open: Ramp = Ramp(0.05, 0.6)
    mouth_wide: Ramp = Ramp(0.2, 0.9)  # mouthStretch + mouthLowerDown
    mouth_round: Ramp = Ramp(0.25, 0.9)  # mouthFunnel + mouthPucker
    smile: Ramp = Ramp(0.1, 0.8)
    frown: Ramp = Ramp(0.15, 0.5)
    head_pitch: Ramp = Ramp(0.0, 18.0)
    head_yaw: Ramp = Ramp(0.0, 20.0)
    head_roll: Ramp = Ramp(0.0, 18.0)
    body_yaw: Ramp = Ramp(10.0, 45.0)  # the body follows only where the turn is large
    body_roll: Ramp = Ramp(8.0, 35.0)


def _known(values: Mapping[str, float]) -> dict[str, float]:
    face = dict.fromkeys(BLENDSHAPES, 0.0)
    for name, value in values.items():
        if name in face:
            if 0.0 <= value <= 1.0:
                face[name] = value
            elif math.isfinite(value):
                face[name] = 0.0 if value < 0.0 else 1.0
            else:
                raise PoseError(f"The blendshape {name} is not a finite number.")
    return face


def _angles(head: tuple[float, float, float]) -> tuple[float, float, float]:
    if len(head) != 3 or not all(map(math.isfinite, head)):
        raise PoseError("The head must be three finite angles: pitch, yaw and roll in degrees.")
    return head


def _looking(face: Mapping[str, float]) -> tuple[float, float]:
    """How far up and how far to the person's own right both eyes look on average, each -1..1."""
    up = face["eyeLookUpLeft"] + face["eyeLookUpRight"] - face["eyeLookDownLeft"] - face["eyeLookDownRight"]
    right = face["eyeLookInLeft"] - face["eyeLookOutLeft"] + face["eyeLookOutRight"] - face["eyeLookInRight"]
    return up / 2, right / 2


@dataclass(frozen=True, slots=True)
class Neutral:
    """The person at rest: head (pitch, yaw, roll) in degrees and blendshapes 0..1 (up to 0.3 is believed).

    Raises PoseError where a number is not finite.
    """

    head: tuple[float, float, float] = (0.0, 0.0, 0.0)
    face: Mapping[str, float] = field(default_factory=dict)
    rest: Mapping[str, float] = field(init=False, repr=False)  # what is taken from each blendshape
    gaze: tuple[float, float] = field(init=False, repr=False)  # up and to the person's own right

    def __post_init__(self) -> None:
        _angles(self.head)
        face = _known(self.face)
        rest = {name: min(value, _REST_LIMIT) for name, value in face.items() if value and "Look" not in name}
        object.__setattr__(self, "rest", rest)
        object.__setattr__(self, "gaze", _looking(face))


UNCALIBRATED = Neutral()
STANDARD = Profile()


def to_pose(
    values: Mapping[str, float],
    head: tuple[float, float, float] | None,
    *,
    neutral: Neutral = UNCALIBRATED,
    profile: Profile = STANDARD,
    mirror: bool = False,
) -> Pose:
    """The pose, float32 (45,) and within range, that shows this face.

    `values`: ARKit/MediaPipe name -> 0..1, clamped; a missing one is 0, an unknown one is ignored.
    `head`: (pitch, yaw, roll) degrees, signs as above; None leaves head and body at rest.
    Breathing and the size of the irises are not a face's to say and stay 0.
    Raises PoseError (a ValueError) where a number is not finite.
    """
    face = _relaxed(_known(values), neutral.rest)
    named = _brows(face, profile)
    named |= _eyes(face, profile)
    named |= _gaze(face, neutral.gaze, profile)
    named |= _mouth(face, profile)
    named |= _corners(face, profile)
    if head is not None:
        named |= _turn(_angles(head), neutral.head, profile)
    pose = np.array([named.get(name, 0.0) for name in NAMES], np.float32)
    if mirror:
        pose = pose[_MIRRORED] * _MIRROR_SIGNS
    return pose + 0.0  # -0.0 becomes 0.0, which reads better in a message


def head_angles(matrix: Sequence[Sequence[float]] | NDArray[np.floating]) -> tuple[float, float, float]:
    """(pitch, yaw, roll) degrees of a face matrix (3x3 or 4x4, row-major), as MediaPipe and ARKit give it.

    The matrix is read as yaw, then pitch, then roll about the turned axes (Euler order YXZ).
    """
    pitch = math.asin(min(max(-float(matrix[1][2]), -1.0), 1.0))
    yaw = math.atan2(matrix[0][2], matrix[2][2])
    roll = math.atan2(matrix[1][0], matrix[1][1])
    return math.degrees(pitch), math.degrees(yaw), math.degrees(roll)


def _relaxed(face: dict[str, float], rest: Mapping[str, float]) -> dict[str, float]:
    # Stretched, so that a full expression stays full.
    for name, base in rest.items():
        value = face[name]
        face[name] = (value - base) / (1.0 - base) if value > base else 0.0
    return face


def _brows(face: Mapping[str, float], profile: Profile) -> dict[str, float]:
    pose = {}
    inner = face["browInnerUp"]
    for side, of in _SIDES:
        outer = face[f"browOuterUp{of}"]
        down = profile.brow_down(face[f"browDown{of}"])
        pose[f"eyebrow_raised_{side}"] = profile.brow_raised((inner + outer) / 2) * (1.0 - down)
        pose[f"eyebrow_troubled_{side}"] = profile.brow_troubled(inner - outer)
        lowered = f"eyebrow_{profile.brow_down_as}_{side}"
        pose[lowered] = max(down, pose.get(lowered, 0.0))
    return pose


def _eyes(face: Mapping[str, float], profile: Profile) -> dict[str, float]:
    pose = {}
    happy = profile.happy_wink((face["mouthSmileLeft"] + face["mouthSmileRight"]) / 2)
    for (side, of), blink in zip(_SIDES, _blinks(face, profile), strict=True):
        closed = profile.blink(blink)
        pose[f"eye_wink_{side}"] = closed * (1.0 - happy)
        pose[f"eye_happy_wink_{side}"] = closed * happy
        pose[f"eye_surprised_{side}"] = profile.wide(face[f"eyeWide{of}"]) * (1.0 - closed)
        pose[f"eye_{profile.squint_as}_{side}"] = profile.squint(face[f"eyeSquint{of}"]) * (1.0 - closed)
    return pose


def _blinks(face: Mapping[str, float], profile: Profile) -> tuple[float, float]:
    # A turned head makes trackers read the two eyes apart: a small difference is no wink.
    left, right = face["eyeBlinkLeft"], face["eyeBlinkRight"]
    apart = (left - right) / 2 * profile.wink(abs(left - right))
    middle = (left + right) / 2
    return middle + apart, middle - apart


def _gaze(face: Mapping[str, float], rest: tuple[float, float], profile: Profile) -> dict[str, float]:
    up, right = _looking(face)
    return {
        "iris_rotation_x": profile.gaze_up.signed(up - rest[0]),
        "iris_rotation_y": profile.gaze_side.signed(right - rest[1]),
    }


def _mouth(face: Mapping[str, float], profile: Profile) -> dict[str, float]:
    """The vowels, all >= 0 and together at most 1.

    A mouth is a point: how open (0..1), and how wide (towards 1) or round (towards -1). The vowels stand at
    the corners of that field, `iii` wide, `eee` wide and open, `uuu` round, `ooo` round and open, `aaa` open,
    rest at the origin; the weights that give the point back exactly are the bilinear ones.
    """
    funnel = face["mouthFunnel"]
    opened = profile.mouth_open(face["jawOpen"] - face["mouthClose"] + _FUNNEL_OPENS * funnel)
    stretch = face["mouthStretchLeft"] + face["mouthStretchRight"]
    lower = face["mouthLowerDownLeft"] + face["mouthLowerDownRight"]
    width = profile.mouth_wide((stretch + lower) / 2) - profile.mouth_round(funnel + face["mouthPucker"])
    wide, rounded, shut = max(0.0, width), max(0.0, -width), 1.0 - opened
    return {
        "mouth_aaa": opened * (1.0 - abs(width)),
        "mouth_iii": shut * wide,
        "mouth_eee": opened * wide,
        "mouth_uuu": shut * rounded,
        "mouth_ooo": opened * rounded,
    }


def _corners(face: Mapping[str, float], profile: Profile) -> dict[str, float]:
    pose = {}
    for side, of in _SIDES:
        raised = profile.smile(face[f"mouthSmile{of}"])
        pose[f"mouth_raised_corner_{side}"] = raised
        pose[f"mouth_lowered_corner_{side}"] = profile.frown(face[f"mouthFrown{of}"]) * (1.0 - raised)
    return pose


def _turn(
    head: tuple[float, float, float], rest: tuple[float, float, float], profile: Profile
) -> dict[str, float]:
    pitch, yaw, roll = (math.remainder(now - then, 360.0) for now, then in zip(head, rest, strict=True))
    return {
        "head_x": -profile.head_pitch.signed(pitch),
        "head_y": -profile.head_yaw.signed(yaw),
        "neck_z": profile.head_roll.signed(roll),
        "body_y": -profile.body_yaw.signed(yaw),
        "body_z": profile.body_roll.signed(roll),
    }


def _other_side(name: str) -> str:
    stem, _, side = name.rpartition("_")
    return f"{stem}_{ {'left': 'right', 'right': 'left'}[side] }" if side in ("left", "right") else name


_SIDEWAYS = ("iris_rotation_y", "head_y", "neck_z", "body_y", "body_z")
_MIRRORED = np.array([INDEX[_other_side(name)] for name in NAMES])
_MIRROR_SIGNS = np.array([-1.0 if name in _SIDEWAYS else 1.0 for name in NAMES], np.float32)
