"""A training from where it is to its end, kept in a folder on the way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from models.distill.checkpoint import save
from models.distill.training import Training


class OnStep(Protocol):
    """What is told after every step."""

    def __call__(self, step: int, face_loss: float, body_loss: float) -> None:
        """The steps made, and the losses of the last one."""
        ...


def run(
    training: Training,
    folder: Path,
    every: int,
    on_step: OnStep,
    on_saved: Callable[[], None],
    stopped: Callable[[], bool],
) -> bool:
    """Learn until the end, or until `stopped`, asked between steps; whether the end was reached.

    The folder holds the student as it is after every `every` steps, and after the last. Raises DistillError
    where it cannot be written.
    """
    while not training.finished and not stopped():
        losses = training.learn()
        on_step(training.step, *losses)
        if training.step % every == 0 and not training.finished:
            save(training, folder, folder.name)
            on_saved()
    save(training, folder, folder.name)
    on_saved()
    return training.finished
