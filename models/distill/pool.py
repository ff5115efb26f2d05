"""The newest pictures of a teacher, kept to be shown more than once: posing is what costs a teacher time."""

from __future__ import annotations

import torch

from models.distill.poses import Poses
from models.distill.recipe import Recipe
from models.distill.squares import Squares
from models.teachers.teacher import Teacher
from models.team import Team
from models.view import FULL

# Rows and columns that an expression may change: those that THA4's face morpher draws (§4).
_TOP, _LEFT, _SIDE = 32, 160, 192
_NEAR = (slice(_TOP, _TOP + _SIDE), slice(_LEFT, _LEFT + _SIDE))


class Pool:
    """Poses with the teacher's pictures, float16 on the student's device: 3.4 MB a pose.

    What it holds follows from the number of pictures made, so a resumed run finds the same. Pixels are rows,
    so that any of them can be fetched alone.
    """

    def __init__(
        self,
        teacher: Teacher,
        poses: Poses,
        recipe: Recipe,
        device: torch.device,
        team: Team | None = None,
    ) -> None:
        self._teacher, self._poses, self._recipe, self._team = teacher, poses, recipe, team or Team()
        self._made, self._count = 0, recipe.pool
        self.poses = torch.empty(self._count, len(poses.at(0, 1)[0]), device=device)
        self.flow = self._empty(self._count, FULL, FULL, 2)
        self.posed = self._empty(self._count, FULL, FULL, 4)
        # The pictures at rest differ near the face only: those parts, and then one whole picture, in rows.
        self._rest = self._empty(self._count * _SIDE**2 + FULL**2, 4)
        self._near = self._rest[: -(FULL**2)].view(self._count, _SIDE, _SIDE, 4)
        self._picture = self._rest[-(FULL**2) :].view(FULL, FULL, 4)
        self._picture.copy_(teacher.picture.permute(1, 2, 0))

    def _empty(self, *shape: int) -> torch.Tensor:
        return torch.empty(shape, dtype=torch.float16, device=self.poses.device)

    def advance(self, end: int) -> int:
        """Make what is new among the first `end` pictures of the run, and say how many are held."""
        fresh = self._recipe.fresh
        for start in range(max(self._made, end - self._count), end, fresh):
            self._make(start)
        self._made = end
        return min(end, self._count)

    def shown(self, at: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """Poses (N, 45), and their pictures at rest (N, 4, 512, 512), flow and posed ones, float32."""
        rest = self._picture.repeat(len(at), 1, 1, 1)
        rest[:, *_NEAR] = self._near[at]
        pictures = (part.permute(0, 3, 1, 2).float() for part in (rest, self.flow[at], self.posed[at]))
        return self.poses[at], *pictures  # type: ignore[return-value]

    def cut(self, slots: torch.Tensor, squares: Squares) -> tuple[torch.Tensor, torch.Tensor]:
        """Flow and posed pictures (N, side, side, channels) of squares, float32."""
        columns, rows = squares.pixels()
        at = (slots[:, None, None], rows[:, :, None], columns[:, None])
        return self.flow[at].float(), self.posed[at].float()

    def resting(self, slots: torch.Tensor, rows: torch.Tensor, columns: torch.Tensor) -> torch.Tensor:
        """Pixels (N, ..., 4) of the pictures at rest, float32, at int64 rows and columns (N, ...)."""
        slots = slots.view(-1, *(1,) * (rows.dim() - 1))
        down, across = rows - _TOP, columns - _LEFT
        near = (down >= 0) & (down < _SIDE) & (across >= 0) & (across < _SIDE)
        there = (slots * _SIDE + down) * _SIDE + across
        return self._rest[torch.where(near, there, self._count * _SIDE**2 + rows * FULL + columns)].float()

    def _make(self, start: int) -> None:
        """The next few pictures, of which each member of the team makes a share."""
        poses = torch.from_numpy(self._poses.at(start, self._recipe.fresh))
        taught = self._teacher.pose(poses[self._team.share(len(poses))])
        slots = slice(start % self._count, start % self._count + len(poses))
        self.poses[slots] = poses.to(self.poses.device)
        self._near[slots] = self._told(taught.rest[:, :, *_NEAR])
        self.flow[slots] = self._told(taught.flow)
        self.posed[slots] = self._told(taught.posed)

    def _told(self, pictures: torch.Tensor) -> torch.Tensor:
        return self._team.gathered(pictures.permute(0, 2, 3, 1).to(self.flow))
