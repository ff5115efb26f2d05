"""How well a student does as its teacher does, over poses that it never saw (THA4 Table 5)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from models.character import Character
from models.distill.poses import Poses
from models.engine import Request
from models.engines import build_engine, fine_engine
from models.likeness import Likeness, likeness
from models.teachers.teacher import Teacher


@dataclass(frozen=True, eq=False)
class Trial:
    """One pose (45,), the student's and the teacher's frame of it, float32 (4, 512, 512) on the CPU."""

    pose: NDArray[np.float32]
    drawn: torch.Tensor
    wanted: torch.Tensor

    @property
    def likeness(self) -> Likeness:
        """How alike the two frames are."""
        return likeness(self.drawn[None], self.wanted[None])


def trials(
    character: Character,
    teacher: Teacher,
    count: int,
    seed: int,
    device: torch.device,
    engine: str = "literal",
) -> Iterator[Trial]:
    """Both at the first `count` held-out poses of a seed, one after another; the student by an engine."""
    drawing = build_engine(engine, str(device), skip=False)
    drawing.load(character)
    for pose in Poses(seed, "held-out").at(0, count):
        [drawn] = drawing.draw([Request(character.id, pose)])
        yield Trial(pose, drawn.cpu(), _asked(teacher, pose))


class Exam:
    """The same `trials` again and again: the teacher is asked once, and the quickest fine engine draws."""

    def __init__(self, teacher: Teacher, count: int, seed: int, device: torch.device) -> None:
        self._poses = Poses(seed, "held-out").at(0, count)
        self._teacher, self._engine = teacher, fine_engine(device)
        self._wanted: list[torch.Tensor] = []

    def sit(self, character: Character) -> Sequence[Trial]:
        """A student at all of the poses."""
        if not self._wanted:
            self._wanted = [_asked(self._teacher, pose) for pose in self._poses]
        self._engine.load(character)
        drawn = self._engine.draw([Request(character.id, pose) for pose in self._poses])
        rows = zip(self._poses, drawn, self._wanted, strict=True)
        return [Trial(pose, frame.cpu(), wanted) for pose, frame, wanted in rows]


def _asked(teacher: Teacher, pose: NDArray[np.float32]) -> torch.Tensor:
    return teacher.pose(torch.from_numpy(pose)[None]).posed[0].float().cpu()
