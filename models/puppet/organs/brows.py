"""The brows: one pen line each, bent by what they feel."""

from __future__ import annotations

import numpy as np

from models.puppet.colours import darker, mix
from models.puppet.curves import ribbon
from models.puppet.description import Description
from models.puppet.drawing import Drawing
from models.puppet.expression import BROW, BrowState

# From the inner end to the outer: (outward from the middle of the face, down the picture).
_REST = np.array([(12.5, 125.6), (18, 122.6), (25, 121.2), (32, 122.0), (38.5, 125.6)])
_WIDTHS = np.array([1.5, 2.5, 2.4, 1.7, 0.4])

# How each feeling moves those five points.
_MOVES = {
    "troubled": [(0.6, -4.2), (0.3, -2.0), (0, 0.6), (0, 2.6), (0.4, 4.2)],
    "angry": [(-3.2, 6.0), (-2.4, 4.2), (-1.6, 1.2), (-1.0, -1.4), (-1.0, -2.8)],
    "lowered": [(-0.4, 5.2), (-0.2, 5.2), (0, 5.0), (0, 4.8), (0, 4.6)],
    "raised": [(0, -5.4), (0, -6.2), (0, -6.6), (0, -6.2), (0, -5.2)],
    "happy": [(0.4, -0.6), (0.2, -3.4), (0, -4.8), (0, -3.6), (0.2, 0.2)],
    "serious": [(-2.6, 4.4), (-2.0, 4.8), (-1.4, 3.8), (-1.2, 1.6), (-1.0, -1.0)],
}
_BOLDER = {"angry": 0.35, "serious": 0.5, "raised": -0.1, "happy": 0.1}


def draw_brow(drawing: Drawing, it: Description, state: BrowState, side: int) -> None:
    """One brow; `side` is 1 for the picture's right, -1 for its left."""
    line = _REST + sum(share * np.array(_MOVES[name]) for name, share in zip(BROW, state.shares, strict=True))
    bold = 1 + sum(share * _BOLDER.get(name, 0) for name, share in zip(BROW, state.shares, strict=True))
    line = np.clip(line, (2, 84), (60, 200)) * (side, 1)
    ink = mix(darker(it.hair.colour, 0.45), it.eyes.lashes, 0.35)
    drawing.fill(ribbon([(x, y) for x, y in line.tolist()], (_WIDTHS * bold).tolist()), ink)
