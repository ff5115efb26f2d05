"""Appearance flow: where each pixel of a picture that is moved comes from."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
import torch.nn.functional as F

from models.puppet.rig import Move, Turn
from models.view import FULL

# Pixels from one node of the lattice to the next: fine enough for moves as smooth as these.
_NODE = 8
# Each round brings the backward move nearer; moves are gentle, so few are needed.
_ROUNDS = 8


def backward(move: Move, turn: Turn) -> torch.Tensor:
    """Where each pixel comes from, less its own place, in picture units: float32 (2, 512, 512)."""
    nodes = np.arange(FULL // _NODE) * float(_NODE) + _NODE / 2
    x, y = np.meshgrid(nodes - FULL / 2, nodes)
    sx, sy = x, y
    for _ in range(_ROUNDS):
        mx, my = move(sx, sy, turn)
        sx, sy = sx + x - mx, sy + y - my
    coarse = torch.from_numpy(np.stack([sx - x, sy - y])).float()
    return _cubic() @ coarse @ _cubic().T


@cache
def _cubic() -> torch.Tensor:
    """The share of each node (column) in each pixel (row) of a line, (512, 64)."""
    nodes = torch.eye(FULL // _NODE)[None, None]
    size = (FULL, FULL // _NODE)
    return F.interpolate(nodes, size=size, mode="bicubic", align_corners=False)[0, 0]
