"""What the kernel is to draw of a map: the wanted pixels, cut into runs, and the runs put into tiles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Work:
    """Pixels of a map that lie side by side in one row are a run; a tile is so many pixels of runs.

    runs: int32 (runs, 3), x, y and count, row after row. tiles: int32 (tiles + 1), where the runs of each
    tile begin, and where those of the last one end. pixels: how many there are in all.
    """

    runs: NDArray[np.int32]
    tiles: NDArray[np.int32]
    pixels: int


def work_of(mask: torch.Tensor, tile: int) -> Work:
    """The pixels of a mask, bool (size, size), in tiles of `tile` pixels, the last of what remains."""
    y, x = np.nonzero(mask.numpy())
    apart = (np.diff(y, prepend=-1) != 0) | (np.diff(x, prepend=-2) != 1)
    number = np.arange(len(x))
    starts = np.flatnonzero(apart | (number % tile == 0))
    counts = np.diff(starts, append=len(x))
    runs = np.stack([x[starts], y[starts], counts], axis=1).astype(np.int32)
    tiles = np.searchsorted(starts, np.arange(0, len(x), tile)).astype(np.int32)
    return Work(np.ascontiguousarray(runs), np.append(tiles, np.int32(len(runs))), len(x))
