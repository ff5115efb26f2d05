"""A training from where it is to its end, kept in a folder on the way."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from models.distill.checkpoint import save
from models.distill.training import Training


@dataclass(frozen=True)
class Saving:
    """When the folder is brought up to date: after so many steps, or else after so many seconds.

    A run that begins is looked at soon: first after `soonest` seconds, and then each time it is twice as old.
    """

    steps: int | None = None
    seconds: float = 60.0
    soonest: float = 5.0

    def due(self, step: int, passed: float, before: float) -> bool:
        """Whether it is, `passed` seconds after the last time, `before` which the run was so old."""
        if self.steps is not None:
            return step % self.steps == 0
        return passed >= min(self.seconds, max(self.soonest, before))


def run(
    training: Training,
    folder: Path,
    name: str,
    saving: Saving,
    on_step: Callable[[float, float], None],
    on_saved: Callable[[], None],
    stopped: Callable[[], bool],
    clock: Callable[[], float] = time.monotonic,
) -> bool:
    """Learn until the end, or until `stopped`, asked between steps; whether the end was reached.

    `on_step` is given the losses of face and body. The folder holds the student as it is, under its name,
    whenever `saving` says so, and after the last step; of a team only the first member writes. Raises
    DistillError where it cannot be written.
    """
    team = training.team
    training.prepare()  # which takes a while, and teaches nothing yet
    saved, before = clock(), training.spent
    begun = saved - before
    while not training.finished and not team.anyone(stopped()):
        on_step(*training.learn())
        now = clock()
        [training.spent] = team.agreed(now - begun)
        if saving.due(training.step, now - saved, before) and not training.finished:
            _save(training, folder, name, on_saved)
            saved, before = clock(), training.spent
    _save(training, folder, name, on_saved)
    return training.finished


def _save(training: Training, folder: Path, name: str, on_saved: Callable[[], None]) -> None:
    if training.team.rank == 0:
        save(training, folder, name)
        on_saved()
