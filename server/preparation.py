"""What comes before a distillation's first step: with a count, and left at once when that is asked for."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch

from models.distill.recipe import DistillError
from models.teachers.teacher import Taught, Teacher
from server.distill_watch import Unwatched


@contextmanager
def alone(folder: Path, rank: int) -> Iterator[None]:
    """Nobody else teaches into a folder meanwhile; of a team its first member sees to it.

    Raises DistillError where somebody does, or where there can be no such folder.
    """
    if rank:
        yield
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise DistillError(f"{folder} cannot be written: {error.strerror}.") from None
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DistillError(f"Another run is at work in {folder}.") from None
        yield
    finally:
        os.close(held)


class Preparation:
    """Nothing is learnt yet, so nothing has to be kept. `interrupted`: not empty once an end is asked for."""

    def __init__(self, watch: Unwatched, interrupted: Sequence[int]) -> None:
        self._watch = watch
        self._interrupted = interrupted
        self._phase = ""
        self._asked = 0
        self._over = False

    def phase(self, name: str) -> None:
        """Say what is done now."""
        self._phase, self._asked = name, 0
        self._watch.phase(name)

    def asked(self, pictures: int) -> None:
        """The teacher is asked for so many. Raises KeyboardInterrupt when an end was asked for."""
        if self._over:
            return
        if self._interrupted:
            raise KeyboardInterrupt
        self._asked += pictures
        self._watch.phase(f"{self._phase}, {self._asked}")

    def over(self) -> None:
        """From now on a run ends between two steps, and is kept."""
        self._over = True


class AskedTeacher:
    """A teacher, of which a preparation knows what it is asked."""

    def __init__(self, teacher: Teacher, preparation: Preparation) -> None:
        self._teacher = teacher
        self._preparation = preparation
        self.picture = teacher.picture
        self.device = teacher.device

    def pose(self, poses: torch.Tensor) -> Taught:
        """As `Teacher.pose`."""
        self._preparation.asked(len(poses))
        return self._teacher.pose(poses)

    def faces(self, poses: torch.Tensor) -> torch.Tensor:
        """As `Teacher.faces`."""
        self._preparation.asked(len(poses))
        return self._teacher.faces(poses)
