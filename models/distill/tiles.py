"""Which squares of the picture are learnt in a step: mostly where the figure is."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from models.distill.squares import ALIGNED, Squares
from models.view import FULL

_MARGIN = 65  # pixels, across: how far hair and arms move beyond the figure at rest
_ANYWHERE = 0.15  # share of squares that may lie anywhere, so that nothing stays unseen


class Tiles:
    """Squares drawn by lot over a picture (4, 512, 512), centred where the figure may be."""

    def __init__(self, picture: torch.Tensor) -> None:
        there = (picture[None, 3:] > -1).float().cpu()
        near = F.max_pool2d(there, _MARGIN, 1, _MARGIN // 2)[0, 0] > 0
        # A picture without a figure is learnt everywhere.
        self._centres = (near if near.any() else ~near).nonzero().numpy()

    def draw(self, lot: np.random.Generator, count: int, side: int) -> Squares:
        """So many squares of the picture, `side` pixels wide."""
        near = self._centres[lot.integers(len(self._centres), size=count)]
        # Beyond the edges and then moved in, so that the pixels there come up as often as others.
        anywhere = lot.integers(-side // 2, FULL + side // 2, size=(count, 2))
        centres = np.where(lot.random((count, 1)) < _ANYWHERE, anywhere, near)
        corners = (centres - side // 2).clip(0, FULL - side) // ALIGNED * ALIGNED
        return Squares(torch.from_numpy(corners[:, ::-1].copy()), side)
