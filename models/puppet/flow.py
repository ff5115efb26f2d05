"""Appearance flow: where each pixel of a moved layer comes from, and a flow carried on past its edges.

Flows are in picture units here, and boxes are (left, top, right, bottom) in pixels of the picture.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
import torch.nn.functional as F

from models.puppet.drawing import Window
from models.puppet.rig import Move, Turn
from models.view import FULL

Box = tuple[int, int, int, int]

# Pixels from one node of the lattice to the next: fine enough for moves as smooth as these.
_NODE = 8
# Each round brings the backward move nearer; moves are gentle, so few are needed.
_ROUNDS = 8


def reach(move: Move, turn: Turn, window: Window) -> Box:
    """The part of the picture that a window's contents may come to lie in; at least one pixel of it."""
    x, y = np.meshgrid(
        np.linspace(window.left, window.left + window.width, 9) - FULL / 2,
        np.linspace(window.top, window.top + window.height, 9),
    )
    x, y = move(x, y, turn)
    left, right = _range(x + FULL / 2)
    top, bottom = _range(y)
    return left, top, right, bottom


def backward(move: Move, turn: Turn, box: Box) -> torch.Tensor:
    """Where each pixel of the box comes from, less its own place: float32 (2, height, width)."""
    columns, rows = _nodes(box[0], box[2]), _nodes(box[1], box[3])
    x, y = np.meshgrid(_at(columns) - FULL / 2, _at(rows))
    sx, sy = x, y
    for _ in range(_ROUNDS):
        mx, my = move(sx, sy, turn)
        sx, sy = sx + x - mx, sy + y - my
    coarse = torch.from_numpy(np.stack([sx - x, sy - y])).float()
    down, across = _cubic()[box[1] : box[3], rows], _cubic()[box[0] : box[2], columns]
    return down @ coarse @ across.T


def extended(flow: torch.Tensor, known: torch.Tensor) -> torch.Tensor:
    """The flow (2, n, n), n a power of two, unchanged where `known` (1, n, n) is true, and smooth elsewhere.

    Each unknown place takes the mean of what is known about it, near by where there is any.
    """
    weight = known.float()
    return torch.where(known, flow, _filled((flow * weight)[None], weight[None])[0])


def _range(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> tuple[int, int]:
    low = min(max(int(np.floor(values.min())) - 2, 0), FULL - 1)
    return low, min(max(int(np.ceil(values.max())) + 2, low + 1), FULL)


def _nodes(low: int, high: int) -> slice:
    """The nodes that the pixels [low, high) are interpolated from."""
    return slice(max(low // _NODE - 2, 0), min(high // _NODE + 3, FULL // _NODE))


def _at(nodes: slice) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.arange(nodes.start, nodes.stop) * float(_NODE) + _NODE / 2


@cache
def _cubic() -> torch.Tensor:
    """The share of each node (column) in each pixel (row) of a line, (512, 64)."""
    nodes = torch.eye(FULL // _NODE)[None, None]
    size = (FULL, FULL // _NODE)
    return F.interpolate(nodes, size=size, mode="bicubic", align_corners=False)[0, 0]


def _filled(total: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Means (1, 2, n, n) of sums over weights; without weight, what the coarser maps say."""
    if weight.shape[-1] == 1:
        return total / weight.clamp(min=1e-6)
    coarse = _filled(F.avg_pool2d(total, 2), F.avg_pool2d(weight, 2))
    around = F.interpolate(coarse, scale_factor=2, mode="bilinear", align_corners=False)
    return torch.lerp(around, total / weight.clamp(min=1e-6), weight.clamp(max=1))
