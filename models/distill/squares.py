"""Small squares of the picture, each of a pose of its own, and how their levels hang together.

A square is `side` pixels wide and begins at a multiple of four, so that all squares need as many pixels of
each level of the body morpher: half as many and one on either side of it, a quarter and one on either side.
What lies beyond the edge of a map is what lies at its edge, as bilinear upsampling has it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import torch

from models.view import FULL

ALIGNED = 4  # pixels: what one of the coarsest level is wide


@dataclass(frozen=True, eq=False)
class Squares:
    """N squares: `corners`, int64 (N, 2), x and y of their first pixels, and their common side."""

    corners: torch.Tensor
    side: int

    def coarsest(self) -> torch.Tensor:
        """Positions of the first level's columns and rows, (N, 2, width); beyond the edges, those there."""
        return (2 * self._indices(0).clamp(0, _size(0) - 1) + 1) / _size(0) - 1

    def ground(self, level: int) -> torch.Tensor:
        """Positions of a level, going on beyond the edges: enlarged, they are the next level's own."""
        return (2 * self._indices(level) + 1) / _size(level) - 1

    def enlarging(self, level: int) -> torch.Tensor:
        """For columns and rows, (N, 2, width of the next level, width of a level): what upsampling weighs."""
        fine, size = self._indices(level + 1), _size(level + 1)
        kinds = (fine[..., :1] < 0) + 2 * (fine[..., -1:] >= size)
        matrices = torch.stack([_enlarging(fine.shape[-1], level, kind) for kind in range(4)])
        return matrices.to(self.corners.device)[kinds[..., 0]]

    def pixels(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Columns and rows of the pixels, int64, each (N, side)."""
        indices = self._indices(2)
        return indices[:, 0], indices[:, 1]

    def _indices(self, level: int) -> torch.Tensor:
        step, border = 4 >> level, int(level < 2)
        width = self.side // step + 2 * border
        return (self.corners // step - border)[..., None] + torch.arange(width, device=self.corners.device)


def _size(level: int) -> int:
    return FULL >> (2 - level)


@cache
def _enlarging(width: int, level: int, kind: int) -> torch.Tensor:
    """One axis; `kind` 1 begins beyond the edge, 2 ends there, 3 does both, and those pixels repeat."""
    below = width // 2 + (1 if level == 0 else 2)
    matrix = torch.zeros(width, below)
    for row in range(width):
        near = (row + 1 + level) // 2  # of the two pixels below, the one it lies in
        other = near + (1 if (row + level) % 2 == 0 else -1)
        # Even pixels of a map lean to the pixel before theirs, odd ones to that after.
        matrix[row, near], matrix[row, other] = 0.75, 0.25
    if kind & 1:
        matrix[0] = matrix[1]
    if kind & 2:
        matrix[-1] = matrix[-2]
    return matrix
