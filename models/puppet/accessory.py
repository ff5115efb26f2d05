"""What is worn in the hair."""

from __future__ import annotations

import numpy as np

from models.puppet.colours import darker, lighter, mix
from models.puppet.curves import Point, closed, pen, ribbon, shape
from models.puppet.description import Accessory, Description
from models.puppet.drawing import Drawing


def draw_accessory(drawing: Drawing, it: Description) -> None:
    """The accessory that the description chooses, if any."""
    if it.accessory.kind != "none":
        {"camellia": _camellia, "clips": _clips, "ribbon": _ribbon}[it.accessory.kind](drawing, it.accessory)


def _camellia(drawing: Drawing, it: Accessory) -> None:
    x, y = 46.0, 95.0
    leaf = "#3f7a57"
    for turn in (0.55, 2.55, -0.95):
        _leaf(drawing, x, y, turn, leaf)
    line = darker(it.colour, 0.42)
    for count, radius, size, start, light in (
        (5, 8.6, 8.2, 0.3, 0.0),
        (5, 4.6, 6.2, 0.95, 0.10),
        (3, 2.2, 4.2, 0.2, 0.2),
    ):
        for number in range(count):
            angle = start + 2 * np.pi * number / count
            px, py = x + radius * np.cos(angle), y + radius * np.sin(angle)
            paint = drawing.radial(
                px + 2,
                py + 3,
                size * 1.6,
                [(0, darker(it.colour, 0.18 - light * 0.5)), (1, lighter(it.colour, light + 0.06))],
            )
            drawing.oval(px, py, size + 0.55, size + 0.55, line)
            drawing.oval(px, py, size, size, paint)
    for number in range(9):
        angle = 2 * np.pi * number / 9
        drawing.oval(x + 2.3 * np.cos(angle), y + 2.3 * np.sin(angle), 1.0, 1.0, "#ffd76a")
    drawing.oval(x, y, 2.3, 2.3, "#f3b23c")


def _leaf(drawing: Drawing, x: float, y: float, turn: float, colour: str) -> None:
    out, side = np.array([np.cos(turn), np.sin(turn)]), np.array([-np.sin(turn), np.cos(turn)])
    root, tip = np.array([x, y]), np.array([x, y]) + out * 25

    def at(point: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Point:
        return float(point[0]), float(point[1])

    upper = [at(root), at(root + out * 9 + side * 6), at(root + out * 16 + side * 5.2), at(tip)]
    lower = [at(tip), at(root + out * 16 - side * 5.2), at(root + out * 9 - side * 6), at(root)]
    drawing.fill(shape(upper, lower), colour)
    drawing.fill(shape([at(root), at(tip)], lower), darker(colour, 0.18))
    for run in (upper, lower, [at(root), at(tip)]):
        drawing.fill(pen(run, 1.0, 0.1, 0.3), darker(colour, 0.5))


def _clips(drawing: Drawing, it: Accessory) -> None:
    line = darker(it.colour, 0.5)
    for start, end in (((33.0, 108.0), (49.0, 101.0)), ((36.0, 114.5), (52.0, 107.5))):
        bar = [start, end]
        drawing.fill(ribbon(bar, [5.2, 5.2]), line)
        drawing.fill(
            ribbon([(start[0] + 0.9, start[1] - 0.4), (end[0] - 0.9, end[1] + 0.4)], [3.4, 3.4]), it.colour
        )
        drawing.fill(
            ribbon([(start[0] + 2, start[1] - 1.9), (end[0] - 3, end[1] - 0.6)], [0.9, 0.9]),
            lighter(it.colour, 0.6),
        )


def _ribbon(drawing: Drawing, it: Accessory) -> None:
    line, shade = darker(it.colour, 0.5), darker(it.colour, 0.2)
    x, y = 42.0, 76.0
    for side in (-1, 1):
        loop: list[Point] = [
            (x, y),
            (x + side * 9, y - 9),
            (x + side * 20, y - 10),
            (x + side * 21, y + 2),
            (x + side * 17, y + 9),
            (x + side * 8, y + 5),
        ]
        tail: list[Point] = [
            (x, y),
            (x + side * 8, y + 12),
            (x + side * 14, y + 22),
            (x + side * 7, y + 21),
            (x + side * 1, y + 8),
        ]
        for piece in (tail, loop):
            drawing.fill(closed(piece), it.colour)
            drawing.fill(pen([*piece, piece[0]], 1.2, 0.05, 0.05), line)
        drawing.fill(
            shape(
                [(x, y + 1), (x + side * 10, y + 1), (x + side * 17, y + 8)],
                [(x + side * 17, y + 8), (x + side * 8, y + 5), (x, y + 1)],
            ),
            shade,
        )
    drawing.oval(x, y, 4.6, 5.0, line)
    drawing.oval(x, y, 3.7, 4.1, mix(it.colour, "#ffffff", 0.12))
