"""What a character shows where several things move it at once: the performer, an expression, a lost face.

All of it is arithmetic on poses, float32 (45,), with the time passed in. `docs/tracking.md` has the rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.pose import COUNT, DEFAULT, INDEX, MAXIMUM, MINIMUM, Pose, changed

HOLD_SECONDS = 0.4
LEAVE_SECONDS = 1.0
RETURN_SECONDS = 0.4

_VOWELS = np.array([INDEX[f"mouth_{vowel}"] for vowel in ("aaa", "iii", "uuu", "eee", "ooo", "delta")])
_TOGETHER = (
    *(
        np.array([INDEX[f"eye_{kind}_{side}"] for kind in ("wink", "happy_wink", "relaxed")])
        for side in ("left", "right")
    ),
    _VOWELS,
)
"""What sums to 1 at most: the lids of each eye, and the vowels."""
_MEMBERS = np.array([np.isin(np.arange(COUNT), together) for together in _TOGETHER], np.float32)


class Presence:
    """How much of a tracked face is shown, 0..1: it is held briefly when lost, eased away, and eased back."""

    def __init__(self) -> None:
        self.share = 1.0
        self._seen: float | None = None
        self._seconds: float | None = None

    def step(self, face: bool, seconds: float) -> float:
        """The share at a picture that shows a face or does not; `seconds` rise from call to call."""
        passed = 0.0 if self._seconds is None else max(0.0, seconds - self._seconds)
        self._seconds = seconds
        if face or self._seen is None:
            self._seen = seconds
        if face:
            self.share = min(1.0, self.share + passed / RETURN_SECONDS)
        elif seconds - self._seen > HOLD_SECONDS:
            self.share = max(0.0, self.share - passed / LEAVE_SECONDS)
        return self.share


def present(pose: Pose, share: float) -> Pose:
    """A pose of which only this share, 0..1, is shown over rest; it moves smoothly with `share`."""
    if share == 1.0:
        return pose
    eased = share * share * (3.0 - 2.0 * share)
    return np.asarray(DEFAULT + eased * (pose - DEFAULT), np.float32)


def voiced(tracked: Pose, spoken: Pose) -> Pose:
    """A tracked face whose vowels are those of `spoken`, which follows a voice."""
    pose = tracked.copy()
    pose[_VOWELS] = spoken[_VOWELS]
    return pose


@dataclass(frozen=True, eq=False)
class Layer:
    """What an expression does to a pose: `keep * pose + add`, each float32 (45,)."""

    keep: NDArray[np.float32]
    add: NDArray[np.float32]

    def over(self, pose: Pose) -> Pose:
        """The pose with the layer over it, within range; lids of an eye and vowels then sum to 1 at most."""
        if self is CLEAR:
            return pose
        shown: Pose = np.minimum(np.maximum(self.keep * pose + self.add, MINIMUM), MAXIMUM)
        for together, total in zip(_TOGETHER, (_MEMBERS @ shown).tolist(), strict=True):
            if total > 1.0 and self.add[together].any():
                shown[together] /= total
        return shown


CLEAR = Layer(np.ones(COUNT, np.float32), np.zeros(COUNT, np.float32))
"""Changes nothing."""


def layer(values: Mapping[str, float]) -> Layer:
    """The layer that puts the named parameters at these values. Raises PoseError as `changed` does."""
    add = changed(DEFAULT, values)
    keep = np.ones(COUNT, np.float32)
    keep[[INDEX[name] for name in values]] = 0.0
    return Layer(keep, add)


@dataclass(frozen=True, eq=False)
class Fade:
    """From one layer to another, from the time `begun` on and in so many seconds."""

    before: Layer = CLEAR
    after: Layer = CLEAR
    begun: float = 0.0
    seconds: float = 0.0

    def at(self, now: float) -> Layer:
        """The layer of that moment."""
        if not self.running(now):
            return self.after
        share = np.float32((now - self.begun) / self.seconds)
        return Layer(
            self.before.keep + share * (self.after.keep - self.before.keep),
            self.before.add + share * (self.after.add - self.before.add),
        )

    def running(self, now: float) -> bool:
        """Whether it is on its way at that moment."""
        return self.begun <= now < self.begun + self.seconds

    def to(self, after: Layer, now: float, seconds: float) -> Fade:
        """A fade from what is shown at that moment."""
        return Fade(self.at(now), after, now, seconds)
