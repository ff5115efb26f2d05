"""How large a session is drawn for those who take what fits: no oftener changed than need be. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable

from models.view import SIZES

_HEAVY = 3.0
"""Seconds for which a size has to be too much before a smaller one is taken."""
_EASY = 4.0
"""Seconds for which a larger size has to have room before it is taken."""
_LONGEST_EASY = 120.0
_SOON = 30.0
"""Seconds within which a larger size that turned out too much was a mistake."""
_SPARE = 0.75
"""What a larger size may take of the device, against what the present one may: what it costs is foretold."""


class Fitting:
    """The size of one session. All times are seconds of one monotonic clock."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._patience = _EASY
        self._heavy = self._easy = math.inf
        """Since when the present size is too much, and since when a larger one has room."""
        self._raised = -math.inf

    def step(self, now: float, asked: int, fits: Callable[[int, float], bool]) -> int:
        """The size to be drawn from `now` on, at most `asked`.

        fits: whether a size can be drawn smoothly in a part, 0..1, of what sessions may take of the device,
        or is drawn anyway.
        """
        self.size = min(self.size, asked)
        larger = [size for size in SIZES if self.size < size <= asked and fits(size, _SPARE)]
        heavy = not larger and self.size != SIZES[-1] and not fits(self.size, 1.0)
        self._heavy = min(self._heavy, now) if heavy else math.inf
        self._easy = min(self._easy, now) if larger else math.inf
        if now - self._heavy >= _HEAVY:
            self._lower(now)
        elif now - self._easy >= self._patience:
            self.size, self._raised, self._easy = larger[-1], now, math.inf
        return self.size

    def _lower(self, now: float) -> None:
        mistaken = now - self._raised < _SOON
        self._patience = min(2 * self._patience, _LONGEST_EASY) if mistaken else _EASY
        self.size, self._heavy = SIZES[SIZES.index(self.size) + 1], math.inf
