"""The hair behind the head and the body."""

from __future__ import annotations

from collections.abc import Callable

from models.puppet.colours import darker, mix
from models.puppet.curves import Point, Points, mirrored, pen, ribbon, shape
from models.puppet.description import Description
from models.puppet.drawing import Drawing
from models.puppet.hair import Inks, inks

_Locks = list[list[Point]]

# Right half of each style's edge, from the crown to the last tip in the middle: runs that meet in tips.
_EDGES: dict[str, _Locks] = {
    "long": [
        [(0, 60), (40, 72), (60, 105), (65, 150), (70, 200), (80, 255), (88, 310), (87, 350), (79, 386)],
        [(79, 386), (77, 364), (72, 352), (66, 346)],
        [(66, 346), (66, 372), (60, 392), (50, 408)],
        [(50, 408), (50, 384), (44, 366), (38, 358)],
        [(38, 358), (34, 384), (26, 398), (16, 408)],
        [(16, 408), (16, 386), (8, 370), (0, 362)],
    ],
    "bob": [
        [(0, 60), (40, 72), (60, 105), (66, 140), (67, 170), (62, 192), (48, 208)],
        [(48, 208), (48, 204), (46, 202), (44, 200)],
        [(44, 200), (39, 206), (30, 212), (18, 216)],
        [(18, 216), (22, 206), (20, 200), (16, 196)],
        [(16, 196), (10, 204), (4, 208), (0, 208)],
    ],
    "tails": [
        [(0, 60), (40, 72), (60, 105), (64, 140), (60, 172), (44, 194)],
        [(44, 194), (36, 186), (20, 182), (0, 182)],
    ],
}

_TAIL = [
    [(56, 96), (78, 92), (96, 116), (106, 160), (112, 215), (110, 265), (98, 318)],
    [(98, 318), (99, 296), (95, 284), (90, 276)],
    [(90, 276), (88, 300), (82, 314), (72, 328)],
    [(72, 328), (75, 296), (74, 260), (72, 220), (68, 170), (60, 130), (54, 112)],
]


def draw_back_hair(drawing: Drawing, it: Description) -> None:
    """Everything of the hair that lies behind the neck."""
    ink = inks(it.hair)
    if it.hair.back == "tails":
        for turn in (list[Point], mirrored):
            _tail(drawing, it, ink, turn)
    half = _EDGES[it.hair.back]
    left = [mirrored(run)[::-1] for run in half[::-1]]
    low = max(y for run in half for _, y in run)
    runs = [*half, *left]
    _mass(drawing, ink, runs, low)
    with drawing.inside(shape(*runs)):
        _inner(drawing, ink, low)
        _strands(drawing, ink, low)


def _tail(drawing: Drawing, it: Description, ink: Inks, turn: Callable[[Points], list[Point]]) -> None:
    """A tail with its strands, a shade on its inner side, and the band that holds it."""
    runs = [turn(run) for run in _TAIL]
    _mass(drawing, ink, runs, 320)
    with drawing.inside(shape(*runs)):
        shade: list[Point] = [(54, 112), (66, 130), (78, 170), (83, 220), (84, 265), (76, 328)]
        drawing.fill(shape(turn(shade), turn([(76, 328), (60, 300), (50, 140), (54, 112)])), ink.shade, 0.7)
        for shift in (0, 9, 19):
            line: list[Point] = [(64, 102), (76 + shift, 140), (82 + shift, 200), (80 + shift, 292 - shift)]
            drawing.fill(pen(turn(line), 1.1, 0.4, 0.5), ink.deep, 0.6)
        glow: list[Point] = [(84, 108), (95, 140), (100, 178)]
        drawing.fill(pen(turn(glow), 4.5, 0.5, 0.5), ink.gloss, 0.45)
    band = turn([(57, 92), (62, 102), (59, 114)])
    drawing.fill(ribbon(band, [8.5, 8.5]), darker(it.accessory.colour, 0.5))
    drawing.fill(ribbon(band, [6.4, 6.4]), it.accessory.colour)


def _mass(drawing: Drawing, ink: Inks, runs: _Locks, low: float) -> None:
    paint = drawing.linear(
        0,
        90,
        0,
        low,
        [(0, mix(ink.base, ink.shade, 0.55)), (0.5, mix(ink.base, ink.shade, 0.3)), (1, ink.tips)],
    )
    drawing.fill(shape(*runs), paint)
    for run in runs:
        drawing.fill(pen(run, 1.3, 0.2, 0.15), ink.line)


def _inner(drawing: Drawing, ink: Inks, low: float) -> None:
    """The dark behind the neck."""
    reach = min(low, 330)
    dark = drawing.linear(
        0, 118, 0, reach, [(0, ink.deep, 0.0), (0.16, ink.deep), (0.6, ink.deep, 0.9), (1, ink.deep, 0.0)]
    )
    edge = [(50, 110), (54, 150), (53, 200), (48, reach)]
    drawing.fill(shape(edge, [(48, reach), (-48, reach)], mirrored(edge)[::-1]), dark)


def _strands(drawing: Drawing, ink: Inks, low: float) -> None:
    for x, out, start, end, width in (
        (57, 14, 0.3, 0.9, 1.2),
        (61, 20, 0.42, 0.97, 0.9),
        (52, 8, 0.5, 0.96, 1.0),
        (40, 6, 0.55, 0.97, 1.0),
        (24, 2, 0.6, 0.98, 0.9),
    ):
        y0, y1 = 60 + (low - 60) * start, 60 + (low - 60) * end
        line: list[Point] = [(x, y0), (x + out * 0.55, y0 + (y1 - y0) * 0.45), (x + out * 0.8, y1)]
        for turn in (list, mirrored):
            drawing.fill(ribbon(turn(line), [0.1, width, 0.1]), ink.deep, 0.65)
