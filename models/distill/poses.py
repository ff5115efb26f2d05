"""Poses to learn from, drawn by lot: expressions as faces make them, and turns of head and body.

Pose number n of a seed is always the same one, so a run that is resumed needs only its position.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from models.pose import COUNT, INDEX, Pose

Use = Literal["train", "held-out"]

_BROWS = tuple(f"eyebrow_{kind}" for kind in ("troubled", "angry", "lowered", "raised", "happy", "serious"))
_EYES = tuple(
    f"eye_{kind}"
    for kind in ("wink", "happy_wink", "surprised", "relaxed", "unimpressed", "raised_lower_eyelid")
)
_MOUTHS = tuple(f"mouth_{kind}" for kind in ("aaa", "iii", "uuu", "eee", "ooo", "delta"))
_CORNERS = ("mouth_lowered_corner", "mouth_raised_corner")
_LOOKS = slice(INDEX["iris_rotation_x"], INDEX["iris_rotation_y"] + 1)
_TURNS = slice(INDEX["head_x"], INDEX["body_z"] + 1)
_STREAM = {"train": 0, "held-out": 1}


@dataclass(frozen=True, eq=False)
class Poses:
    """An endless row of poses. `recorded`, float32 (N, 45), gives half of them where there is one.

    The rows of one seed for training and for measuring ("held-out") have nothing to do with each other.
    """

    seed: int = 0
    use: Use = "train"
    recorded: NDArray[np.float32] | None = None

    @property
    def digest(self) -> str | None:
        """The same for the same recorded poses, wherever they come from; None without any."""
        return None if self.recorded is None else sha256(self.recorded.tobytes()).hexdigest()

    def at(self, start: int, count: int) -> NDArray[np.float32]:
        """Poses number `start` and following, float32 (count, 45)."""
        return np.stack([self._one(number) for number in range(start, start + count)])

    def _one(self, number: int) -> Pose:
        lot = np.random.default_rng((self.seed, _STREAM[self.use], number))
        if self.recorded is not None and lot.random() < 0.5:
            return np.asarray(self.recorded[lot.integers(len(self.recorded))])
        return _drawn(lot)


def _drawn(lot: np.random.Generator) -> Pose:
    pose = np.zeros(COUNT, np.float32)
    if lot.random() < 0.7:
        _pair(pose, lot, str(lot.choice(_BROWS)))
    if lot.random() < 0.75:
        _pair(pose, lot, str(lot.choice(_EYES)))
    if lot.random() < 0.2:
        _pair(pose, lot, "iris_small")
    _mouth(pose, lot)
    if lot.random() < 0.6:
        pose[_LOOKS] = lot.uniform(-1, 1, 2)
    pose[_TURNS] = lot.uniform(-1, 1, 5) * (lot.random(5) < 0.85)
    pose[INDEX["breathing"]] = lot.random()
    return pose


def _mouth(pose: Pose, lot: np.random.Generator) -> None:
    if lot.random() < 0.75:
        pose[INDEX[str(lot.choice(_MOUTHS))]] = _amount(lot)
    if lot.random() < 0.3:
        _pair(pose, lot, str(lot.choice(_CORNERS)))
    if lot.random() < 0.1:
        pose[INDEX["mouth_smirk"]] = _amount(lot)


def _pair(pose: Pose, lot: np.random.Generator, name: str) -> None:
    """Left and right, mostly alike."""
    left = _amount(lot)
    pose[INDEX[f"{name}_left"]] = left
    pose[INDEX[f"{name}_right"]] = left if lot.random() < 0.7 else lot.random()


def _amount(lot: np.random.Generator) -> float:
    # The ends are what is seen most, and what is hardest to learn.
    return 1.0 if lot.random() < 0.2 else lot.random()
