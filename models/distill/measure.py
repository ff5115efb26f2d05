"""How well a student does as its teacher does, over poses that it never saw (THA4 Table 5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from models.character import Character
from models.distill.poses import Poses
from models.likeness import Likeness, likeness
from models.teachers.teacher import StudentTeacher, Teacher


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
    character: Character, teacher: Teacher, count: int, seed: int, device: torch.device
) -> Iterator[Trial]:
    """Both at the first `count` held-out poses of a seed, one after another."""
    student = StudentTeacher(character, device)
    for pose in Poses(seed, "held-out").at(0, count):
        asked = torch.from_numpy(pose)[None]
        yield Trial(pose, student.pose(asked).posed[0].cpu(), teacher.pose(asked).posed[0].float().cpu())
