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
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from models.measures import BLENDSHAPES, LOOK, MEASURES, STANDARD, Profile, Weights
from models.pose import COUNT, INDEX, Pose, PoseError

Head = tuple[float, float, float]

# A calibration made in mid-blink or mid-word must not keep an eye from closing or a mouth from opening.
_REST_LIMIT = 0.3
_ANGLES = 3
_NOTHING = (0.0,) * len(BLENDSHAPES)
_SHAPES = np.array([name in BLENDSHAPES for name in LOOK])
_GAZES = np.array(["Look" in name for name in LOOK])
_LEAST, _MOST = np.where(_SHAPES, 0.0, -np.inf), np.where(_SHAPES, 1.0, np.inf)


def _read(values: Mapping[str, float]) -> list[float]:
    face = list(map(values.get, BLENDSHAPES, _NOTHING))
    if not math.isfinite(sum(face)):  # one sum is sooner done than 52 questions
        for name, value in zip(BLENDSHAPES, face, strict=True):
            if not math.isfinite(value):
                raise PoseError(f"The blendshape {name} is not a finite number.")
    return face


def _angles(head: Head) -> Head:
    if len(head) != _ANGLES or not all(map(math.isfinite, head)):
        raise PoseError("The head must be three finite angles: pitch, yaw and roll in degrees.")
    return head


@dataclass(frozen=True, slots=True)
class Neutral:
    """The person at rest: head (pitch, yaw, roll) in degrees and blendshapes 0..1 (up to 0.3 is believed).

    Raises PoseError where a number is not finite.
    """

    head: Head = (0.0, 0.0, 0.0)
    face: Mapping[str, float] = field(default_factory=dict)
    _rest: NDArray[np.float64] = field(init=False, repr=False, compare=False)
    _least: NDArray[np.float64] = field(init=False, repr=False, compare=False)
    _stretch: NDArray[np.float64] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _angles(self.head)
        face = np.clip([*_read(self.face), *[0.0] * _ANGLES], 0.0, 1.0)
        believed = np.minimum(face, _REST_LIMIT)
        object.__setattr__(self, "_rest", np.where(_GAZES, face, believed))
        # A gaze goes both ways from rest; of what else a face does, nothing is less than rest.
        object.__setattr__(self, "_least", np.where(_GAZES, -face, _LEAST))
        # So that a full expression stays full.
        object.__setattr__(self, "_stretch", 1.0 / (1.0 - np.where(_GAZES, 0.0, believed)))

    def apart(self, values: Mapping[str, float], head: Head | None) -> NDArray[np.float64]:
        """How far a look is from rest, float64 (55,) in the order of LOOK. PoseError as `to_pose`."""
        turn = self.head if head is None else _angles(head)
        look = _read(values)
        look += [math.remainder(now - then, 360.0) for now, then in zip(turn, self.head, strict=True)]
        return np.asarray(np.maximum(np.minimum(look, _MOST) - self._rest, self._least) * self._stretch)


UNCALIBRATED = Neutral()


def to_pose(
    values: Mapping[str, float],
    head: Head | None,
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
    measured = profile.measured(neutral.apart(values, head))
    takes, leaves = _matrices(profile.brow_down_as, profile.squint_as, mirror)
    return ((takes @ measured) * (leaves @ measured)).astype(np.float32)


def head_angles(matrix: Sequence[Sequence[float]] | NDArray[np.floating]) -> tuple[float, float, float]:
    """(pitch, yaw, roll) degrees of a face matrix (3x3 or 4x4, row-major), as MediaPipe and ARKit give it.

    The matrix is read as yaw, then pitch, then roll about the turned axes (Euler order YXZ).
    """
    pitch = math.asin(min(max(-float(matrix[1][2]), -1.0), 1.0))
    yaw = math.atan2(matrix[0][2], matrix[2][2])
    roll = math.atan2(matrix[1][0], matrix[1][1])
    return math.degrees(pitch), math.degrees(yaw), math.degrees(roll)


def _rules(brow_down_as: str, squint_as: str) -> Iterator[tuple[str, Weights, Weights]]:
    """Parameter, the measures whose sum it takes, and those whose sum takes it away.

    The vowels are together at most 1. A mouth is a point: how open (0..1), and how wide or round (0..1). The
    vowels stand at the corners of that field, `iii` wide, `eee` wide and open, `uuu` round, `ooo` round and
    open, `aaa` open, rest at the origin; the weights that give the point back exactly are the bilinear ones.
    """
    for side in ("left", "right"):
        closed = {f"closed_{side}": 1.0}
        yield f"eyebrow_raised_{side}", {f"brow_raised_{side}": 1.0}, {f"brow_down_{side}": 1.0}
        yield f"eyebrow_troubled_{side}", {f"brow_troubled_{side}": 1.0}, {}
        if brow_down_as != "troubled":
            yield f"eyebrow_{brow_down_as}_{side}", {f"brow_down_{side}": 1.0}, {}
        yield f"eye_wink_{side}", closed, {"happy": 1.0}
        yield f"eye_happy_wink_{side}", closed, {"always": 1.0, "happy": -1.0}
        yield f"eye_surprised_{side}", {f"wide_{side}": 1.0}, closed
        yield f"eye_{squint_as}_{side}", {f"squint_{side}": 1.0}, closed
        yield f"mouth_raised_corner_{side}", {f"smile_{side}": 1.0}, {}
        yield f"mouth_lowered_corner_{side}", {f"frown_{side}": 1.0}, {f"smile_{side}": 1.0}
    shut = {"always": 1.0, "mouth_open": -1.0}
    yield "mouth_aaa", {"mouth_open": 1.0}, {"wide": 1.0, "round": 1.0}
    yield "mouth_iii", {"wide": 1.0}, {"mouth_open": 1.0}
    yield "mouth_eee", {"wide": 1.0}, shut
    yield "mouth_uuu", {"round": 1.0}, {"mouth_open": 1.0}
    yield "mouth_ooo", {"round": 1.0}, shut
    yield "iris_rotation_x", {"gaze_up": 1.0, "gaze_down": -1.0}, {}
    yield "iris_rotation_y", {"gaze_right": 1.0, "gaze_left": -1.0}, {}
    yield "head_x", {"chin_up": 1.0, "chin_down": -1.0}, {}
    yield "head_y", {"head_right": 1.0, "head_left": -1.0}, {}
    yield "neck_z", {"head_tips_right": 1.0, "head_tips_left": -1.0}, {}
    yield "body_y", {"body_right": 1.0, "body_left": -1.0}, {}
    yield "body_z", {"body_tips_right": 1.0, "body_tips_left": -1.0}, {}


_SIDEWAYS = ("iris_rotation_y", "head_y", "neck_z", "body_y", "body_z")


@cache
def _matrices(
    brow_down_as: str, squint_as: str, mirror: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What each parameter takes of the measures, and what of it they leave, both (45, 37)."""
    takes, leaves = np.zeros((2, COUNT, len(MEASURES)))
    leaves[:, MEASURES.index("always")] = 1.0
    for parameter, sums, unless in _rules(brow_down_as, squint_as):
        place, sign = _mirrored(parameter) if mirror else (INDEX[parameter], 1.0)
        for name, weight in sums.items():
            takes[place, MEASURES.index(name)] = sign * weight
        for name, weight in unless.items():
            leaves[place, MEASURES.index(name)] -= weight
    return takes, leaves


def _mirrored(parameter: str) -> tuple[int, float]:
    """The place of what moves in a mirror, and the sign with which it does."""
    stem, _, side = parameter.rpartition("_")
    other = {"left": f"{stem}_right", "right": f"{stem}_left"}.get(side, parameter)
    return INDEX[other], -1.0 if parameter in _SIDEWAYS else 1.0
