"""Turns on the event loop: many sends that fall due at once do not hold up all else."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable

SLICE_SECONDS = 0.0005
"""So long at a time; then whatever else has happened has its turn."""


class Fan:
    """Does pieces of work in the order in which they came, a few in each round of the loop."""

    def __init__(self) -> None:
        self._waiting: deque[Callable[[], None]] = deque()

    def add(self, work: Callable[[], None]) -> None:
        """Have `work` done soon. It must be short, and must not raise."""
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._slice)
        self._waiting.append(work)

    def _slice(self) -> None:
        end = time.monotonic() + SLICE_SECONDS
        while True:
            self._waiting[0]()
            self._waiting.popleft()  # only now, so that what it adds begins no second round
            if not self._waiting:
                return
            if time.monotonic() >= end:
                break
        asyncio.get_running_loop().call_soon(self._slice)
