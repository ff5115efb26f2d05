"""How a figure moves as one: its layers' moves, each where it is seen, that go over into one another.

So nothing that the picture at rest hides ever comes to be seen, and the appearance flow is smooth: what a
student can learn well, and soon.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F

from models.puppet.layers import Layer
from models.puppet.rig import Array, Move, Turn
from models.view import FULL

_CELL = 4
# Three means over this many cells make about a Gaussian of ten pixels.
_MEANS, _ACROSS = 3, 5
_SEEN = 0.5


class Motion:
    """The move of a whole figure, from its layers, the hindmost first."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        self._moves: list[Move] = [layer.move for layer in layers]
        self._shares = _shares(layers)

    def __call__(self, x: Array, y: Array, turn: Turn) -> tuple[Array, Array]:
        """Where points go; a `Move`."""
        moved = np.array([move(x, y, turn) for move in self._moves])
        mx, my = (moved * self._at(x, y)[:, None]).sum(axis=0)
        return mx, my

    def _at(self, x: Array, y: Array) -> Array:
        """The share of each move at points of any shape, (moves, *shape)."""
        grid = torch.from_numpy(np.stack([x, y - FULL / 2], axis=-1) * 2 / FULL).float()
        shares = F.grid_sample(
            self._shares, grid.view(1, 1, -1, 2), padding_mode="border", align_corners=False
        )
        return shares.double().numpy().reshape(-1, *x.shape)


def _shares(layers: Sequence[Layer]) -> torch.Tensor:
    """How much of each layer is seen about each cell, one in all: float32 (1, layers, 128, 128)."""
    seen, left = torch.zeros(len(layers), FULL, FULL), torch.ones(FULL, FULL)
    for own, layer in reversed(list(zip(seen, layers, strict=True))):
        own[layer.place[1:]] = layer.at_rest[3]
        own *= left
        left -= own
    cells = F.avg_pool2d(seen, _CELL)[None]
    total = cells.sum(dim=1, keepdim=True)
    shares = torch.where(total > _SEEN, cells / total.clamp(min=_SEEN), _spread(cells, total))
    for _ in range(_MEANS):
        edged = F.pad(shares, (_ACROSS // 2,) * 4, mode="replicate")
        shares = F.avg_pool2d(edged, _ACROSS, 1)
    return shares / shares.sum(dim=1, keepdim=True)


def _spread(sums: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Means (1, n, m, m) of sums over weights; without weight, of what is near. m: a power of two."""
    if weight.shape[-1] == 1:
        return sums / weight.clamp(min=1e-6)
    around = _spread(F.avg_pool2d(sums, 2), F.avg_pool2d(weight, 2))
    around = F.interpolate(around, scale_factor=2, mode="bilinear", align_corners=False)
    return torch.lerp(around, sums / weight.clamp(min=1e-6), weight.clamp(max=1))
