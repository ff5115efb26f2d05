"""Launches recorded as a device's graphs record them: nothing is computed until they are repeated."""

from __future__ import annotations

from collections.abc import Callable

import torch


class Tape:
    """Launches go through `launch`; those of work that is recorded are kept, with their very arguments."""

    def __init__(self) -> None:
        self._kept: list[Callable[[], object]] | None = None
        self.recorded = self.repeated = 0

    def launch(self, act: Callable[[], object]) -> None:
        if self._kept is None:
            act()
        else:
            self._kept.append(act)

    def record(self, work: Callable[[], torch.Tensor]) -> tuple[torch.Tensor, Callable[[], None]]:
        kept = self._kept = []
        try:
            result = work()
        finally:
            self._kept = None
        self.recorded += 1

        def repeat() -> None:
            self.repeated += 1
            for act in kept:
                act()

        return result, repeat
