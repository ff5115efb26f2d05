"""What is measured of a face, and how each measure drives a pose: sums of blendshapes and angles, and ramps.

A measure is a weighted sum of blendshapes (0..1) or of head angles (degrees), and a `Profile` has the ramp
that makes it a number from 0 to 1. What goes both ways, as a gaze does, is two measures. Closed lids and the
width of the mouth are made of several.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

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
LOOK = (*BLENDSHAPES, "pitch", "yaw", "roll")
"""What a look at a face is made of, in order: blendshapes, and the angles of the head in degrees."""

Weights = Mapping[str, float]
_FUNNEL_OPENS = 0.4


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


def _both(name: str, weight: float = 1.0) -> dict[str, float]:
    return {f"{name}Left": weight, f"{name}Right": weight}


def _measures() -> Iterator[tuple[str, str, Weights]]:
    """Name of the measure, of its ramp in a profile, and the weights of its sum."""
    for side, of in (("left", "Left"), ("right", "Right")):
        yield f"brow_down_{side}", "brow_down", {f"browDown{of}": 1.0}
        yield f"brow_raised_{side}", "brow_raised", {"browInnerUp": 0.5, f"browOuterUp{of}": 0.5}
        yield f"brow_troubled_{side}", "brow_troubled", {"browInnerUp": 1.0, f"browOuterUp{of}": -1.0}
        yield f"wide_{side}", "wide", {f"eyeWide{of}": 1.0}
        yield f"squint_{side}", "squint", {f"eyeSquint{of}": 1.0}
        yield f"smile_{side}", "smile", {f"mouthSmile{of}": 1.0}
        yield f"frown_{side}", "frown", {f"mouthFrown{of}": 1.0}
    yield "happy", "happy_wink", _both("mouthSmile", 0.5)
    yield "mouth_open", "mouth_open", {"jawOpen": 1.0, "mouthClose": -1.0, "mouthFunnel": _FUNNEL_OPENS}
    yield "mouth_wide", "mouth_wide", _both("mouthStretch", 0.5) | _both("mouthLowerDown", 0.5)
    yield "mouth_round", "mouth_round", {"mouthFunnel": 1.0, "mouthPucker": 1.0}
    up = _both("eyeLookUp", 0.5) | _both("eyeLookDown", -0.5)
    right = {"eyeLookInLeft": 0.5, "eyeLookOutLeft": -0.5, "eyeLookOutRight": 0.5, "eyeLookInRight": -0.5}
    yield from _ways("gaze_up", "gaze_down", "gaze_up", up)
    yield from _ways("gaze_right", "gaze_left", "gaze_side", right)
    yield from _ways("chin_down", "chin_up", "head_pitch", {"pitch": 1.0})
    yield from _ways("head_left", "head_right", "head_yaw", {"yaw": 1.0})
    yield from _ways("head_tips_right", "head_tips_left", "head_roll", {"roll": 1.0})
    yield from _ways("body_left", "body_right", "body_yaw", {"yaw": 1.0})
    yield from _ways("body_tips_right", "body_tips_left", "body_roll", {"roll": 1.0})


def _ways(more: str, less: str, ramp: str, weights: Weights) -> Iterator[tuple[str, str, Weights]]:
    yield more, ramp, weights
    yield less, ramp, {name: -weight for name, weight in weights.items()}


_SUMS = tuple(_measures())
MEASURES = (*(name for name, _, _ in _SUMS), "closed_left", "closed_right", "wide", "round", "always")
"""All that is measured, by name: 0 to 1, and `always` 1."""

_WEIGHTS = np.array([[weights.get(name, 0.0) for name in LOOK] for _, _, weights in _SUMS])
_MADE = slice(len(_SUMS), len(MEASURES))
_BLINKS = (LOOK.index("eyeBlinkLeft"), LOOK.index("eyeBlinkRight"))
_DOWN, _TROUBLED = (
    [MEASURES.index(f"brow_{way}_{side}") for side in ("left", "right")] for way in ("down", "troubled")
)
_WIDE, _ROUND = MEASURES.index("mouth_wide"), MEASURES.index("mouth_round")


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
    _slopes: NDArray[np.float64] = field(init=False, repr=False, compare=False)
    _starts: NDArray[np.float64] = field(init=False, repr=False, compare=False)
    _limits: NDArray[np.float64] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        ramps = [getattr(self, ramp) for _, ramp, _ in _SUMS]
        slope = np.array([ramp.limit / (ramp.full - ramp.start) for ramp in ramps])
        object.__setattr__(self, "_slopes", slope[:, None] * _WEIGHTS)
        object.__setattr__(self, "_starts", slope * [ramp.start for ramp in ramps])
        object.__setattr__(self, "_limits", np.array([ramp.limit for ramp in ramps]))

    def measured(self, look: NDArray[np.float64]) -> NDArray[np.float64]:
        """A look, float64 (55,) in the order of LOOK, as float64 (37,) in the order of MEASURES."""
        values = np.empty(len(MEASURES))
        sums = values[: _MADE.start]
        np.minimum(np.maximum(self._slopes @ look - self._starts, 0.0), self._limits, out=sums)
        if self.brow_down_as == "troubled":
            values[_TROUBLED] = np.maximum(values[_TROUBLED], values[_DOWN])
        width = values.item(_WIDE) - values.item(_ROUND)
        left, right = self._closed(look.item(_BLINKS[0]), look.item(_BLINKS[1]))
        values[_MADE] = left, right, max(0.0, width), max(0.0, -width), 1.0
        return values

    def _closed(self, left: float, right: float) -> tuple[float, float]:
        # A turned head makes trackers read the two eyes apart: a small difference is no wink.
        apart = (left - right) / 2 * self.wink(abs(left - right))
        middle = (left + right) / 2
        return self.blink(middle + apart), self.blink(middle - apart)


STANDARD = Profile()
