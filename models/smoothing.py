"""One Euro filters: a face held still is drawn still, and a quick move is not drawn late.

Casiez, Roussel and Vogel, "1 € Filter: A Simple Speed-based Low-pass Filter for Noisy Input in Interactive
Systems", CHI 2012. Every parameter of a pose has a filter of its own, all computed at once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from models.pose import PARAMETERS, Pose

_LONGEST_GAP = 0.5
_SHORTEST_STEP = 1e-3


@dataclass(frozen=True, slots=True)
class Tuning:
    """One channel. Frequencies in Hz; `speed` in Hz for each unit that the parameter moves in a second.

    `still` is the cutoff of a parameter at rest: lower is steadier. `speed` opens it as it moves: higher is
    less late. `slope` is the cutoff of the measured speed itself.
    """

    still: float
    speed: float
    slope: float = 1.0


CALM = Tuning(0.3, 1.0)
LIVELY = Tuning(1.5, 3.0, 5.0)
# A lid has a dead zone below it, so it needs no calm, and a blink is over in a tenth of a second.
SHARP = Tuning(20.0, 20.0, 30.0)

TUNINGS: Mapping[str, Tuning] = {
    "eyebrow": LIVELY,
    "eye": SHARP,
    "iris": LIVELY,
    "mouth": Tuning(3.0, 4.0, 10.0),
    "iris rotation": Tuning(1.5, 4.0, 5.0),
    "head": CALM,
    "body": CALM,
    "breathing": CALM,
}
"""By the group of a parameter."""


class Smoother:
    """The filters of one face. Poses come in the order of time."""

    def __init__(self, tunings: Mapping[str, Tuning] = TUNINGS) -> None:
        chosen = [tunings[parameter.group] for parameter in PARAMETERS]
        self._still = 2.0 * math.pi * np.array([one.still for one in chosen])
        self._speed = 2.0 * math.pi * np.array([one.speed for one in chosen])
        self._slope = 2.0 * math.pi * np.array([one.slope for one in chosen])
        self._seconds = -math.inf
        self._value = np.zeros(len(PARAMETERS))
        self._velocity = np.zeros(len(PARAMETERS))

    def __call__(self, pose: Pose, seconds: float) -> Pose:
        """The steadied pose, float32 (45,), at `seconds` of any clock; a gap of 0.5 s begins anew."""
        step = seconds - self._seconds
        if not 0 <= step <= _LONGEST_GAP:
            self._value, self._velocity = pose.astype(np.float64), np.zeros(len(PARAMETERS))
        else:
            self._move(pose, max(step, _SHORTEST_STEP))
        self._seconds = seconds
        return self._value.astype(np.float32)

    def _move(self, pose: Pose, step: float) -> None:
        # A low-pass filter of the cutoff f takes over turn / (turn + 1) of what is new, turn = 2 pi f step.
        away = pose - self._value
        self._velocity = (self._velocity + self._slope * away) / (self._slope * step + 1.0)
        turn = (self._still + self._speed * np.abs(self._velocity)) * step
        self._value += turn / (turn + 1.0) * away
