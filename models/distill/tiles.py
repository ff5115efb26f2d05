"""Which squares of the picture are learnt in a step: mostly on the figure, and there where it is wrong."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from models.distill.squares import ALIGNED, Squares
from models.view import FULL

_MARGIN = 65  # pixels, across: how far hair and arms move beyond the figure at rest
_ANYWHERE = 0.15  # share of squares that may lie anywhere, so that nothing stays unseen
_BLOCK = 16  # pixels, across: of what one error is kept
_WIDE = FULL // _BLOCK
_NEWEST = 0.05  # what the newest square of a block counts at least, in the mean of all
_LEAST = 1e-6  # that nothing is ever held to be perfect


class Tiles:
    """Squares drawn by lot over a picture (4, 512, 512), centred where the figure may be.

    by_error: the share of these that is drawn as often as the student was wrong there.
    """

    def __init__(self, picture: torch.Tensor, by_error: float = 0.0) -> None:
        there = (picture[None, 3:] > -1).float().cpu()
        near = F.max_pool2d(there, _MARGIN, 1, _MARGIN // 2)[0, 0] > 0
        # A picture without a figure is learnt everywhere.
        near = near if near.any() else ~near
        self._centres = near.nonzero().numpy()
        self._near = F.max_pool2d(near[None].float(), _BLOCK)[0].flatten().numpy() > 0
        self._by_error = by_error
        # What was not seen yet is as wrong as can be, so that all of it is seen soon.
        self._off, self._seen = np.ones(_WIDE**2), np.zeros(_WIDE**2, dtype=np.int64)

    def draw(self, lot: np.random.Generator, count: int, side: int) -> Squares:
        """So many squares of the picture, `side` pixels wide."""
        near = self._centres[lot.integers(len(self._centres), size=count)]
        if self._by_error:
            near = np.where(lot.random((count, 1)) < self._by_error, self._wrong(lot, count), near)
        # Beyond the edges and then moved in, so that the pixels there come up as often as others.
        anywhere = lot.integers(-side // 2, FULL + side // 2, size=(count, 2))
        centres = np.where(lot.random((count, 1)) < _ANYWHERE, anywhere, near)
        corners = (centres - side // 2).clip(0, FULL - side) // ALIGNED * ALIGNED
        return Squares(torch.from_numpy(corners[:, ::-1].copy()), side)

    def learnt(self, squares: Squares, off: NDArray[np.float32]) -> None:
        """How far the student was off in squares, (N,), each as the mean of its pixels."""
        columns, rows = ((squares.corners + squares.side // 2) // _BLOCK).T.numpy()
        for block, found in zip(rows * _WIDE + columns, off, strict=True):
            self._seen[block] += 1
            self._off[block] += max(_NEWEST, 1 / self._seen[block]) * (found - self._off[block])

    def state(self) -> dict[str, torch.Tensor]:
        """What was found so far."""
        return {"off": torch.from_numpy(self._off.copy()), "seen": torch.from_numpy(self._seen.copy())}

    def restore(self, state: Mapping[str, torch.Tensor]) -> None:
        """Go on from a `state`."""
        self._off, self._seen = state["off"].numpy(), state["seen"].numpy()

    def _wrong(self, lot: np.random.Generator, count: int) -> NDArray[np.int64]:
        """Rows and columns of pixels, (count, 2), drawn as often as their blocks were off."""
        chances = np.maximum(self._off, _LEAST) * self._near
        blocks = lot.choice(_WIDE**2, size=count, p=chances / chances.sum())
        corners = np.stack([blocks // _WIDE, blocks % _WIDE], axis=1) * _BLOCK
        return corners + lot.integers(_BLOCK, size=(count, 2))
