"""The mouth: an upper and a lower line of seven points, left to right, blended by the pose."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.puppet.colours import darker, mix, vivid
from models.puppet.curves import Point, pen, ribbon, shape
from models.puppet.description import Description
from models.puppet.drawing import Drawing
from models.puppet.expression import CORNERS, VOWELS, MouthState
from models.puppet.head import chin_drop, skin_line

Array = NDArray[np.float64]
Line = list[tuple[float, float]]

# The middle of the mouth, down the picture.
CENTRE = 174.5

_REST: Line = [(-8.2, -1.1), (-5.6, 0.3), (-2.7, 0.9), (0, 0.5), (2.7, 0.9), (5.6, 0.3), (8.2, -1.1)]

# Upper line and lower line of each vowel.
_VOWELS: dict[str, tuple[Line, Line]] = {
    "aaa": (
        [(-9.0, -2.6), (-6.2, -3.4), (-3.0, -3.6), (0, -3.2), (3.0, -3.6), (6.2, -3.4), (9.0, -2.6)],
        [(-9.0, -2.6), (-7.8, 3.2), (-4.6, 7.6), (0, 9.0), (4.6, 7.6), (7.8, 3.2), (9.0, -2.6)],
    ),
    "iii": (
        [(-10.4, -2.2), (-7.0, -1.5), (-3.4, -1.1), (0, -1.2), (3.4, -1.1), (7.0, -1.5), (10.4, -2.2)],
        [(-10.4, -2.2), (-8.2, 1.6), (-4.6, 3.4), (0, 3.8), (4.6, 3.4), (8.2, 1.6), (10.4, -2.2)],
    ),
    "uuu": (
        [(-3.6, 0.3), (-2.6, -1.3), (-1.3, -2.0), (0, -1.8), (1.3, -2.0), (2.6, -1.3), (3.6, 0.3)],
        [(-3.6, 0.3), (-2.8, 1.9), (-1.5, 2.7), (0, 3.0), (1.5, 2.7), (2.8, 1.9), (3.6, 0.3)],
    ),
    "eee": (
        [(-7.6, -1.4), (-5.4, -2.5), (-2.8, -2.9), (0, -2.7), (2.8, -2.9), (5.4, -2.5), (7.6, -1.4)],
        [(-7.6, -1.4), (-6.6, 2.2), (-3.8, 4.4), (0, 5.0), (3.8, 4.4), (6.6, 2.2), (7.6, -1.4)],
    ),
    "ooo": (
        [(-5.4, 0.8), (-4.4, -2.7), (-2.3, -4.4), (0, -4.6), (2.3, -4.4), (4.4, -2.7), (5.4, 0.8)],
        [(-5.4, 0.8), (-4.6, 4.6), (-2.5, 6.8), (0, 7.4), (2.5, 6.8), (4.6, 4.6), (5.4, 0.8)],
    ),
    "delta": (
        [(-5.6, 3.0), (-3.9, 0.4), (-2.0, -2.2), (0, -3.8), (2.0, -2.2), (3.9, 0.4), (5.6, 3.0)],
        [(-5.6, 3.0), (-4.0, 3.8), (-2.0, 4.0), (0, 4.1), (2.0, 4.0), (4.0, 3.8), (5.6, 3.0)],
    ),
}

# How the corners draw the line along, from a corner towards the middle.
_PULL = np.array([1.0, 0.42, 0.1, 0, 0, 0, 0])


def draw_mouth(drawing: Drawing, it: Description, state: MouthState) -> None:
    """The mouth, open or shut; a longer chin takes it half the way along."""
    with drawing.moved(0, chin_drop(it.face) / 2):
        _mouth(drawing, it, state)


def _mouth(drawing: Drawing, it: Description, state: MouthState) -> None:
    upper, lower = lines_of(state)
    top, bottom = _placed(upper), _placed(lower)
    ink = mix(skin_line(it.face), "#5e2230", 0.45)
    height = float(np.max(lower[:, 1] - upper[:, 1]))
    if height > 0.15:
        path = shape(top, bottom[::-1])
        drawing.fill(path, drawing.linear(0, top[3][1], 0, bottom[3][1], [(0, "#6d1f33"), (1, "#a8414f")]))
        with drawing.inside(path):
            _inside(drawing, state, upper, lower)
        drawing.fill(pen(bottom, min(1.1, 0.5 + height * 0.15), 0.15, 0.15), ink, 0.85)
    drawing.fill(ribbon(top, [0.9, 1.0, 1.3, 1.25, 1.3, 1.0, 0.9]), ink)
    dot = 0.75 * (1 - min(height / 5, 1))
    for corner in (top[0], top[6]):
        drawing.oval(corner[0], corner[1], dot, dot, ink)
    _lip(drawing, it, lower, height)


def lines_of(state: MouthState) -> tuple[Array, Array]:
    """The upper and the lower line (7, 2), from the middle of the mouth; they never cross."""
    rest = np.array(_REST)
    shares = np.array(state.vowels)
    if shares.sum() > 1:
        shares = shares / shares.sum()
    upper, lower = rest.copy(), rest.copy()
    for share, name in zip(shares, VOWELS, strict=True):
        above, below = _VOWELS[name]
        upper += share * (np.array(above) - rest)
        lower += share * (np.array(below) - rest)
    for line in (upper, lower):
        _pull(line, dict(zip(CORNERS, state.corners, strict=True)))
    lower[:, 1] = np.maximum(lower[:, 1], upper[:, 1])
    return upper, lower


def _pull(line: Array, corners: dict[str, float]) -> None:
    """Move the corners; the character's own left is the end of the line."""
    for side, pull in (("left", _PULL[::-1]), ("right", _PULL)):
        out = 1 if side == "left" else -1
        raised, lowered = corners[f"raised_corner_{side}"], corners[f"lowered_corner_{side}"]
        line[:, 1] += pull * (3.4 * lowered - 3.6 * raised)
        line[:, 0] += pull * out * (1.4 * raised - 0.5 * lowered)
    smirk = corners["smirk"]
    line[:, 0] += smirk * (1.6 + _PULL[::-1] * 2.0)
    line[:, 1] += smirk * (np.linspace(1.1, -1.7, 7) - _PULL[::-1] * 2.2)


def _placed(line: Array) -> list[Point]:
    return [(x, CENTRE + y) for x, y in line.tolist()]


def _inside(drawing: Drawing, state: MouthState, upper: Array, lower: Array) -> None:
    """Tongue and teeth, within the opening."""
    height = float(np.max(lower[:, 1] - upper[:, 1]))
    middle, low = float(lower[3, 0]), CENTRE + float(lower[3, 1])
    wide = float(lower[6, 0] - lower[0, 0])
    drawing.oval(middle, low + height * 0.12, wide * 0.33, height * 0.46, "#e8808a")
    show = dict(zip(VOWELS, state.vowels, strict=True))
    teeth = min(2.0, height * 0.28) * min(1.0, show["aaa"] + show["eee"] * 0.9 + show["iii"] * 1.4)
    if teeth > 0.1:
        edge = [(x, CENTRE + y) for x, y in upper.tolist()]
        below = [(x * 0.93, y + teeth) for x, y in edge]
        drawing.fill(shape(edge, below[::-1]), "#fffaf6")


def _lip(drawing: Drawing, it: Description, lower: Array, height: float) -> None:
    """The shade under the lower lip, which an open mouth stretches away."""
    middle, low = float(lower[3, 0]), CENTRE + float(lower[:, 1].max())
    line = [(middle - 2.6, low + 3.3), (middle, low + 3.8), (middle + 2.6, low + 3.3)]
    drawing.fill(
        pen(line, 0.8, 0.5, 0.5), vivid(darker(it.face.skin, 0.2), 1.8), 0.7 * (1 - min(height / 14, 1))
    )
