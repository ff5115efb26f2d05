"""Legs and hands: what clothes leave bare."""

from __future__ import annotations

from collections.abc import Callable

from models.puppet.curves import Point, Points, mirrored, pen, shape
from models.puppet.description import Description
from models.puppet.drawing import Drawing
from models.puppet.head import skin_line, skin_shade

_HAND = [
    (81, 428),
    (80, 440),
    (82, 453),
    (86, 468),
    (90, 479),
    (95, 480),
    (98, 470),
    (100, 456),
    (99.5, 442),
    (97, 428),
]
_FINGERS = [
    [(87.2, 462), (89.5, 472), (91.2, 478)],
    [(91.6, 460), (93.5, 470), (94.2, 478)],
    [(95.6, 459), (97, 466), (97, 473)],
]
_THUMB = [(81, 438), (78.4, 447), (78.2, 456), (80.4, 462), (83, 459), (84.6, 450)]
_LEG = [[(4, 440), (6, 490), (9, 565)], [(9, 565), (46, 565)], [(46, 565), (52, 500), (56, 440)]]


def draw_hands(drawing: Drawing, it: Description) -> None:
    """Both hands, hanging; sleeves are drawn over the wrists."""
    for side in (list[Point], mirrored):
        _hand(drawing, it, side)


def _hand(drawing: Drawing, it: Description, side: Callable[[Points], list[Point]]) -> None:
    line, shade = skin_line(it.face), skin_shade(it.face)
    drawing.fill(shape(side(_HAND)), it.face.skin)
    drawing.fill(shape(side([(81, 426), (97, 426), (98, 436), (90, 439), (81, 436)])), shade)
    drawing.fill(shape(side([(99, 440), (95, 455), (96, 470), (97, 474), (101, 456)])), shade, 0.7)
    drawing.fill(pen(side(_HAND), 1.2, 0.1, 0.1), line)
    for finger in _FINGERS:
        drawing.fill(pen(side(finger), 0.8, 0.5, 0.3), line)
    drawing.fill(shape(side(_THUMB)), it.face.skin)
    drawing.fill(pen(side(_THUMB), 1.0, 0.2, 0.2), line)


def draw_legs(drawing: Drawing, it: Description, shadow: Points) -> None:
    """Both legs; `shadow` is the right half, from the middle out, of the hem over them."""
    line, shade = skin_line(it.face), skin_shade(it.face)
    for turn in (list, mirrored):
        path = shape(*[turn(run) for run in _LEG])
        drawing.fill(path, it.face.skin)
        with drawing.inside(path):
            cast = [(x, y + 12) for x, y in turn(shadow)]
            drawing.fill(shape(cast, [cast[-1], (cast[-1][0], 400), (0, 400), cast[0]]), shade)
            drawing.fill(shape(turn([(2, 440), (14, 490), (15, 565), (0, 565)])), shade, 0.6)
        for run in (_LEG[0], _LEG[2]):
            drawing.fill(pen(turn(run), 1.3, 0.05, 0.05), line)
