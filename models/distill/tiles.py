"""Which square of the picture is learnt in a step: mostly where the figure is."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from models.regions import Region, whole

_MARGIN = 65  # pixels, across: how far hair and arms move beyond the figure at rest
_ANYWHERE = 0.15  # share of squares that may lie anywhere, so that nothing stays unseen


class Tiles:
    """Squares drawn by lot over a picture (4, 512, 512), centred where the figure may be."""

    def __init__(self, picture: torch.Tensor) -> None:
        there = (picture[None, 3:] > -1).float().cpu()
        near = F.max_pool2d(there, _MARGIN, 1, _MARGIN // 2)[0, 0] > 0
        self._centres = near.nonzero().numpy()
        self._size = picture.shape[-1]

    def draw(self, lot: np.random.Generator, side: int) -> Region:
        """A square of the picture, `side` pixels wide."""
        if not len(self._centres) or lot.random() < _ANYWHERE:
            return square(lot, self._size, side)
        top, left = self._centres[lot.integers(len(self._centres))] - side // 2
        return _within(self._size, int(left), int(top), side)


def square(lot: np.random.Generator, size: int, side: int) -> Region:
    """A square anywhere in a map `size` pixels wide."""
    if side >= size:
        return whole(size)
    # Beyond the edges and then moved in, so that the pixels there come up as often as others.
    left, top = lot.integers(-side // 2, size - side // 2, 2)
    return _within(size, int(left), int(top), side)


def _within(size: int, left: int, top: int, side: int) -> Region:
    left, top = (min(max(edge, 0), size - side) for edge in (left, top))
    return Region(size, left, top, left + side, top + side)
