"""The newest pictures of a teacher, kept to be shown more than once: posing is what costs a teacher time."""

from __future__ import annotations

import numpy as np
import torch

from models.distill.poses import Poses
from models.distill.recipe import Recipe
from models.teachers.teacher import Teacher
from models.view import FULL

# Rows and columns that an expression may change: those that THA4's face morpher draws (§4).
_NEAR = (slice(32, 224), slice(160, 352))


class Pool:
    """Poses with the teacher's pictures, float16 on the student's device: 3.4 MB a pose.

    What it holds follows from the step alone, so a resumed run finds the same.
    """

    def __init__(self, teacher: Teacher, poses: Poses, recipe: Recipe, device: torch.device) -> None:
        self._teacher, self._poses, self._recipe = teacher, poses, recipe
        self._picture = teacher.picture.to(device)
        self._made = 0
        count, side = recipe.pool, _NEAR[0].stop - _NEAR[0].start

        def empty(*shape: int) -> torch.Tensor:
            return torch.empty(count, *shape, dtype=torch.float16, device=device)

        self._near, self._flow, self._posed = empty(4, side, side), empty(2, FULL, FULL), empty(4, FULL, FULL)
        self._kept = torch.empty(count, len(poses.at(0, 1)[0]), device=device)

    def advance(self, step: int) -> int:
        """Make what is new up to `step`, and say how many are held."""
        fresh = self._recipe.fresh
        end = fresh * (-(-self._recipe.batch // fresh) + step)
        for start in range(max(self._made, end - self._recipe.pool), end, fresh):
            self._make(start)
        self._made = end
        return min(end, self._recipe.pool)

    def shown(self, slots: np.ndarray) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """Poses (N, 45), and their pictures at rest (N, 4, 512, 512), flow and posed ones, float32."""
        at = torch.from_numpy(slots).to(self._kept.device)
        rest = self._picture.repeat(len(slots), 1, 1, 1)
        rest[:, :, *_NEAR] = self._near[at].float()
        return self._kept[at], rest, self._flow[at].float(), self._posed[at].float()

    def _make(self, start: int) -> None:
        poses = torch.from_numpy(self._poses.at(start, self._recipe.fresh))
        taught = self._teacher.pose(poses)
        slots = slice(start % self._recipe.pool, start % self._recipe.pool + len(poses))
        self._kept[slots] = poses.to(self._kept.device)
        self._near[slots] = taught.rest[:, :, *_NEAR].to(self._near)
        self._flow[slots] = taught.flow.to(self._flow)
        self._posed[slots] = taught.posed.to(self._posed)
