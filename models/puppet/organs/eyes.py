"""The eyes: white, iris, catch lights, lashes and the fold of the lid."""

from __future__ import annotations

import numpy as np

from models.puppet.colours import darker, lighter, mix, vivid
from models.puppet.curves import Point, pen, ribbon, shape
from models.puppet.description import Description
from models.puppet.drawing import Drawing
from models.puppet.expression import EYE, EyeState
from models.puppet.head import skin_line
from models.puppet.organs.lids import CENTRE, Array, Lids, lids_of

# How far the iris travels in picture units at full rotation: sideways, and up or down.
_TRAVEL = (5.2, 4.6)
_IRIS = (9.9, 12.6)


def draw_eye(drawing: Drawing, it: Description, state: EyeState, side: int) -> None:
    """One eye; `side` is 1 for the picture's right, -1 for its left."""
    lids = lids_of(it.eyes, state)
    upper, lower = _placed(lids.upper, side), _placed(lids.lower, side)
    white = shape(upper, lower[::-1])
    if lids.opening > 0.02:
        drawing.fill(white, drawing.linear(0, 136, 0, 150, [(0, "#d3cfe0"), (1, "#fdfcff")]))
        with drawing.inside(white):
            _iris(drawing, it, state, side)
            _lid_shadow(drawing, upper)
    _lower_lashes(drawing, it, lids, side)
    _upper_lashes(drawing, it, lids, state, side)
    _fold(drawing, it, lids, side)


def _placed(line: Array, side: int) -> list[Point]:
    return [(side * (CENTRE[0] + x), CENTRE[1] + y) for x, y in line.tolist()]


def _iris(drawing: Drawing, it: Description, state: EyeState, side: int) -> None:
    up, left = state.look
    x = side * CENTRE[0] - left * _TRAVEL[0] - side * 0.2
    y = CENTRE[1] + 0.1 - up * _TRAVEL[1]
    surprised = state.shares[EYE.index("surprised")]
    size = (1 - 0.88 * state.small) * (1 - 0.16 * surprised)
    rx, ry = _IRIS[0] * size * it.eyes.width, _IRIS[1] * size * it.eyes.height
    eyes = it.eyes
    deep, dark = darker(eyes.colour, 0.45), darker(eyes.colour, 0.2)
    body = drawing.linear(
        0,
        y - ry,
        0,
        y + ry,
        [(0, deep), (0.32, eyes.colour), (0.68, mix(eyes.colour, eyes.glow, 0.62)), (1, eyes.glow)],
    )
    drawing.oval(x, y, rx, ry, dark)
    drawing.oval(x, y, rx * 0.9, ry * 0.92, body)
    glow = drawing.radial(
        x,
        y + ry * 0.62,
        rx * 0.85,
        [(0, lighter(eyes.glow, 0.55), 0.95), (0.5, eyes.glow, 0.6), (1, eyes.glow, 0)],
        0.75,
    )
    drawing.oval(x, y + ry * 0.55, rx * 0.78, ry * 0.36, glow)
    drawing.oval(x, y - ry * 0.02, rx * 0.42, ry * 0.44, deep)
    drawing.oval(x, y - ry * 0.02, rx * 0.26, ry * 0.28, darker(deep, 0.5))
    # A thin inner ring of colour, brighter below.
    ring = [
        (x + rx * 0.74 * np.cos(t), y + ry * 0.76 * np.sin(t)) for t in np.linspace(0.35, np.pi - 0.35, 7)
    ]
    drawing.fill(pen(ring, rx * 0.12), lighter(eyes.glow, 0.35), 0.75)
    _catch_lights(drawing, x, y, rx, ry, vivid(lighter(eyes.glow, 0.7), 1.1))


def _catch_lights(drawing: Drawing, x: float, y: float, rx: float, ry: float, tint: str) -> None:
    drawing.oval(x - rx * 0.36, y - ry * 0.42, rx * 0.34, ry * 0.27, "#ffffff", 1, -18)
    drawing.oval(x + rx * 0.42, y + ry * 0.38, rx * 0.17, ry * 0.14, "#ffffff", 0.95)
    drawing.oval(x + rx * 0.45, y - ry * 0.38, rx * 0.12, ry * 0.15, tint, 0.7)


def _lid_shadow(drawing: Drawing, upper: list[Point]) -> None:
    below = [(x, y + 4.2) for x, y in upper]
    above = [(x, y - 2) for x, y in upper]
    drawing.fill(shape(above, below[::-1]), "#35254f", 0.34)


def _upper_lashes(drawing: Drawing, it: Description, lids: Lids, state: EyeState, side: int) -> None:
    open_ = min(max(lids.opening, 0.0), 1.0)
    smiling = state.shares[EYE.index("happy_wink")]
    tip = lids.upper[-1] + (3.4, -2.0 * open_ - 1.2 * (1 - open_) * (1 - smiling) + 2.2 * smiling)
    line = np.concatenate([lids.upper + np.array([0, -0.5]), [tip]])
    slim = 0.72 + 0.28 * open_
    widths = np.array([0.5, 2.1, 3.1, 3.5, 3.7, 4.0, 3.0, 0.2]) * slim
    ink = it.eyes.lashes
    warm = mix(ink, vivid(it.face.blush, 1.2), 0.42)
    points = _placed(line, side)
    ends = (points[0][0], points[-1][0])
    paint = drawing.linear(
        ends[0], 0, ends[1], 0, [(0, warm), (0.22, ink), (0.8, ink), (1, mix(ink, warm, 0.5))]
    )
    drawing.fill(ribbon(points, widths.tolist()), paint)
    _wings(drawing, lids, side, ink, open_)


def _wings(drawing: Drawing, lids: Lids, side: int, ink: str, open_: float) -> None:
    """Single lashes that stand out from the outer end of the upper lid."""
    for knot, out, up in ((5, 3.6, -3.4), (4, 2.2, -3.8)):
        root = (lids.upper[knot] + lids.upper[knot + 1]) / 2 + (0, -0.8)
        tip = root + np.array([out, up * open_ + 2.0 * (1 - open_)])
        bend = (root + tip) / 2 + (0.6, 0.7)
        drawing.fill(ribbon(_placed(np.stack([root, bend, tip]), side), [2.4, 1.3, 0.1]), ink)


def _lower_lashes(drawing: Drawing, it: Description, lids: Lids, side: int) -> None:
    ink = mix(it.eyes.lashes, it.face.blush, 0.35)
    shown = min(max(lids.opening * 2, 0.0), 1.0)
    if shown < 0.05:
        return
    line = _placed(lids.lower[1:] + np.array([0, 0.2]), side)
    drawing.fill(ribbon(line, [0.15, 0.5, 0.75, 0.9, 1.1, 0.9]), ink, 0.9 * shown)
    for knot, out, down in ((4, 0.9, 2.0), (5, 1.7, 1.7)):
        root = lids.lower[knot]
        drawing.fill(
            ribbon(_placed(np.stack([root, root + np.array([out, down])]), side), [1.1, 0.1]), ink, shown
        )


def _fold(drawing: Drawing, it: Description, lids: Lids, side: int) -> None:
    shown = min(max(lids.opening * 1.6 - 0.2, 0.0), 1.0)
    line = lids.upper[1:6] + np.array([0.4, -4.6])
    line[0] += (0.6, 1.2)
    drawing.fill(ribbon(_placed(line, side), [0.1, 0.7, 0.9, 0.8, 0.1]), skin_line(it.face), 0.85 * shown)
