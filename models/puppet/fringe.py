"""The hair before the face: the dome, the fringe and the side locks."""

from __future__ import annotations

from models.puppet.colours import lighter, mix
from models.puppet.curves import Point, both, pen, ribbon, shape
from models.puppet.description import Description
from models.puppet.drawing import Drawing
from models.puppet.hair import WHORL, Inks, Lock, draw_gloss, draw_lock, inks, strand

# Half of the dome's edge, from the crown down to the ear.
_DOME = [(0.0, 55.0), (17, 57.0), (35, 65.0), (50, 81.0), (58, 102), (60, 121)]

# Locks left to right, drawn from the outside in, so that the middle ones lie on top.
_FRINGES: dict[str, list[Lock]] = {
    "full": [
        Lock((-59, 116), (-42, 104), (-44.5, 152), (-1.5, -2.5)),
        Lock((57, 116), (42, 104), (43.5, 151), (1.5, 2.5)),
        Lock((-46, 104), (-26, 94), (-34, 143), (-5, -5.5)),
        Lock((-29, 96), (-17, 92), (-24.5, 131), (-2.5, -3)),
        Lock((46, 104), (27, 94), (36, 141), (5, 5.5)),
        Lock((29, 96), (20, 92), (25, 130), (2, 3)),
        Lock((-21, 94), (-3, 90), (-13.5, 139.5), (-4.5, -4)),
        Lock((22, 94), (8, 90), (17, 136), (4, 4.5)),
        Lock((-6, 91), (10, 91), (0.5, 143), (-3.0, 1.0)),
    ],
    "swept": [
        Lock((-59, 116), (-42, 104), (-47, 153), (-1.5, -2.5)),
        Lock((57, 116), (42, 103), (45.5, 153), (1.5, 2.5)),
        Lock((-46, 104), (-28, 95), (-40, 144), (-4, -5)),
        Lock((46, 104), (27, 94), (40, 141), (4, 6)),
        Lock((-31, 97), (-15, 92), (-29, 136), (-4, -6)),
        Lock((31, 96), (12, 86), (28, 133), (4, 10)),
        Lock((-18, 93), (2, 88), (-15.5, 142), (-4, -9)),
        Lock((-4, 90), (14, 85), (0, 136), (-3.5, -9)),
    ],
    "parted": [
        Lock((-59, 116), (-42, 104), (-46, 156), (-1.5, -2.5)),
        Lock((58, 116), (42, 104), (46, 156), (1.5, 2.5)),
        Lock((-47, 105), (-30, 94), (-42.5, 148), (-4, -5)),
        Lock((47, 105), (30, 94), (42.5, 147), (4, 5)),
        Lock((-33, 98), (-13, 88), (-35, 138), (-3, -9)),
        Lock((33, 98), (14, 88), (35.5, 137), (3, 9)),
        Lock((-16, 91), (2, 80), (-23, 130), (-3, -13)),
        Lock((17, 91), (3, 80), (24, 129), (3, 13)),
        Lock((-2, 83), (6, 83), (6.5, 128), (-5, -3.5)),
    ],
}


def fringe_shadow(it: Description) -> str:
    """What the fringe casts on the face: its locks, a little lower and to the right."""
    locks = _FRINGES[it.hair.fringe]
    return "".join(
        Lock(_below(lock.left), _below(lock.right), (lock.tip[0] + 1.2, lock.tip[1] + 4.0), lock.bow).path(
            0.3
        )
        for lock in locks
    )


def _below(point: Point) -> Point:
    return (point[0] + 1.0, point[1] + 4.5)


def draw_fringe(drawing: Drawing, it: Description) -> None:
    """Side locks, the dome and the fringe over it."""
    ink = inks(it.hair)
    draw_side_locks(drawing, it, ink)
    _dome(drawing, ink)
    ends = mix(ink.base, ink.tips, 0.75)
    # Out of the dome without a seam: clear at the top.
    paint = drawing.linear(0, 62, 0, 146, [(0, ink.base, 0.0), (0.25, ink.base), (0.55, ink.base), (1, ends)])
    for lock in _FRINGES[it.hair.fringe]:
        draw_lock(drawing, lock, ink, paint)
    _shine(drawing, it, ink)
    if it.hair.strand:
        _stray(drawing, ink)


def _dome(drawing: Drawing, ink: Inks) -> None:
    edge = both(_DOME)
    path = shape(edge, [(60, 121), (42, 118), (0, 96), (-42, 118), (-60, 121)])
    light = drawing.radial(
        -14, 78, 82, [(0, lighter(ink.base, 0.25)), (0.5, ink.base), (1, mix(ink.base, ink.shade, 0.8))]
    )
    drawing.fill(path, light)
    drawing.fill(ribbon(edge, [0.6, 0.9, 1.1, 1.2, 1.1, 1.0, 0.9, 1.0, 1.2, 1.4, 1.3, 1.1, 0.7]), ink.line)


def _shine(drawing: Drawing, it: Description, ink: Inks) -> None:
    roots = [(x, 108 + abs(x) * 0.12) for x in range(-56, 60, 4)]
    draw_gloss(drawing, ink, roots)
    for lock in _FRINGES[it.hair.fringe]:
        for root, start in ((lock.left, 0.3), (lock.right, 0.5)):
            drawing.fill(pen(strand(root, start, 0.86), 0.7, 0.6, 0.3), ink.deep, 0.6)


def _stray(drawing: Drawing, ink: Inks) -> None:
    """A lock that stands up from the crown."""
    x, y = WHORL
    left = [(x - 5, y + 1), (x - 7, y - 9), (x + 1, y - 17), (x + 12, y - 15.5)]
    right = [(x + 12, y - 15.5), (x + 3, y - 12), (x + 1.5, y - 5), (x + 4, y + 1.5)]
    drawing.fill(shape(left, right), ink.base)
    drawing.fill(pen(left, 1.2, 0.05, 0.2), ink.line)
    drawing.fill(pen(right, 1.1, 0.2, 0.05), ink.line)


def draw_side_locks(drawing: Drawing, it: Description, ink: Inks) -> None:
    """The locks before the ears, longer for long hair."""
    low = {"long": 236.0, "bob": 194.0, "tails": 206.0}[it.hair.back]
    paint = drawing.linear(0, 120, 0, low, [(0, ink.base), (0.4, ink.base), (1, ink.tips)])
    for side in (-1, 1):
        _side_lock(drawing, ink, paint, low, side)


def _side_lock(drawing: Drawing, ink: Inks, paint: str, low: float, side: int) -> None:
    def at(points: list[tuple[float, float]]) -> list[Point]:
        return [(side * x, 120 + (low - 120) * share) for x, share in points]

    outer = at([(59.8, -0.02), (62, 0.25), (61, 0.55), (56, 0.82), (49.5, 1)])
    inner = at([(49.5, 1), (50, 0.8), (48, 0.55), (44.5, 0.3), (44, -0.05)])
    drawing.fill(shape(outer, inner), paint)
    shade = outer if side > 0 else inner[::-1]
    back = at([(49.5, 1), (53.5, 0.75), (55.5, 0.5), (54.5, 0.25), (52, 0)])
    drawing.fill(shape(shade, back), ink.shade, 0.8)
    drawing.fill(pen(at([(50, 0.1), (52.5, 0.4), (53, 0.7), (50.5, 0.92)]), 0.9, 0.5, 0.4), ink.deep, 0.8)
    drawing.fill(pen(at([(56, 0.15), (58.5, 0.4), (57, 0.68)]), 0.7, 0.5, 0.4), ink.deep, 0.7)
    shine = pen(at([(50.5, 0.3), (51, 0.42), (50.5, 0.56)]), 2.8, 0.5, 0.5)
    drawing.fill(shine, ink.gloss, 0.45)
    drawing.fill(pen(outer, 1.25, 0.15, 0.2), ink.line)
    drawing.fill(pen(inner, 1.05, 0.2, 0.3), ink.line)
