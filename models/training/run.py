"""A training from where it is to its end, kept in a folder on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from models.training.checkpoint import save
from models.training.training import Training


def run(
    training: Training,
    folder: Path | None,
    every: int,
    on_step: Callable[[Mapping[str, float]], None],
    on_saved: Callable[[], None],
    stopped: Callable[[], bool],
) -> bool:
    """Learn until the end, or until `stopped`, asked between steps; whether the end was reached.

    The folder holds the network as it is after every `every` steps, and after the last; None for processes
    that leave it to another. Raises TrainingError where it cannot be written, and what reading examples
    raises.
    """
    while not training.finished and not stopped():
        on_step(training.learn())
        if training.step % every == 0 and not training.finished:
            _saved(training, folder, on_saved)
    _saved(training, folder, on_saved)
    return training.finished


def _saved(training: Training, folder: Path | None, on_saved: Callable[[], None]) -> None:
    if folder is not None:
        save(training, folder)
        on_saved()
