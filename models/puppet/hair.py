"""Hair: how a strand lies on the head, and how locks, gloss and outlines are drawn from strands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.puppet.colours import darker, lighter, mix, vivid
from models.puppet.curves import Array, Point, Points, pen, ribbon, sampled, shape
from models.puppet.description import Hair
from models.puppet.drawing import Drawing

# The crown, from which all strands run.
WHORL = (2.0, 57.0)


@dataclass(frozen=True)
class Inks:
    """The colours of one head of hair."""

    base: str
    tips: str
    shade: str
    deep: str
    line: str
    gloss: str


def inks(hair: Hair) -> Inks:
    """Shadow, line and light for a colour of hair."""
    shade = vivid(darker(mix(hair.colour, hair.tips, 0.35), 0.13), 1.25)
    deep = vivid(darker(mix(hair.colour, hair.tips, 0.5), 0.34), 1.2)
    line = vivid(darker(mix(hair.colour, hair.tips, 0.4), 0.56), 1.15)
    return Inks(hair.colour, hair.tips, shade, deep, line, hair.gloss)


def strand(root: Point, start: float = 0.0, end: float = 1.0, count: int = 7) -> list[Point]:
    """A strand from the crown over the dome to `root` on the hairline; shares of its way at both ends."""
    t = np.linspace(start, end, count) * np.pi / 2
    x = WHORL[0] + (root[0] - WHORL[0]) * np.sin(t)
    y = WHORL[1] + (root[1] - WHORL[1]) * (1 - np.cos(t))
    return [(float(a), float(b)) for a, b in zip(x, y, strict=True)]


def fall(root: Point, tip: Point, bow: float) -> list[Point]:
    """The edge of a lock from the hairline to its tip: straight down at first, then bowed by `bow`."""
    (x0, y0), (x1, y1) = root, tip
    return [
        root,
        (x0 + (x1 - x0) * 0.16 + bow * 0.55, y0 + (y1 - y0) * 0.3),
        (x0 + (x1 - x0) * 0.5 + bow, y0 + (y1 - y0) * 0.68),
        tip,
    ]


@dataclass(frozen=True)
class Lock:
    """A pointed lock over the forehead or the cheek: two roots on the hairline, and the tip between them."""

    left: Point
    right: Point
    tip: Point
    bow: tuple[float, float] = (-1.5, 1.5)

    def edges(self) -> tuple[list[Point], list[Point]]:
        """The left edge down to the tip, and the right edge down to the tip."""
        return fall(self.left, self.tip, self.bow[0]), fall(self.right, self.tip, self.bow[1])

    def path(self, start: float = 0.45) -> str:
        """The whole lock, from the dome to its tip."""
        left, right = self.edges()
        return shape(strand(self.left, start)[:-1] + left, right[::-1][:-1] + strand(self.right, start)[::-1])


def draw_lock(drawing: Drawing, lock: Lock, ink: Inks, paint: str, line: float = 1.0) -> None:
    """One lock: its colour, the shade along its right side, its outline, and two fine strands."""
    left, right = lock.edges()
    a, b = sampled(left, 4), sampled(right, 4)
    drawing.fill(lock.path(), paint)
    drawing.fill(shape(right, _between(a, b, np.linspace(1, 0.45, len(a)))[::-1]), ink.shade, 0.9)
    for share, width in ((0.28, 0.5), (0.5, 0.7)):
        drawing.fill(pen(_between(a, b, share)[1:-2], width, 0.6, 0.4), ink.shade)
    for root, edge in ((lock.left, left), (lock.right, right)):
        drawing.fill(ribbon(strand(root, 0.7)[:-1] + edge, _rising(line)), ink.line)


def _rising(width: float) -> list[float]:
    return [0.05, 0.2 * width, 0.5 * width, 0.9 * width, width, 0.5 * width]


def _between(left: Array, right: Array, share: float | Array) -> list[Point]:
    part = np.broadcast_to(share, len(left))[:, None]
    return [(float(x), float(y)) for x, y in left * (1 - part) + right * part]


def draw_gloss(drawing: Drawing, ink: Inks, roots: Points, height: float = 0.6, size: float = 0.1) -> None:
    """A ring of light over the dome: spindles along the strands to `roots` that grow together."""
    rough = np.random.default_rng(7)
    outer, inner = "", ""
    for number, root in enumerate(roots):
        reach = (
            size * (0.35 + 0.65 * np.sin(np.pi * (number + 0.5) / len(roots))) * (0.6 + 0.8 * rough.random())
        )
        up, down = reach * (0.5 + 0.6 * rough.random()), reach * (0.5 + 0.8 * rough.random())
        outer += pen(strand(root, height - up, height + down), 5.6, 0.5, 0.5)
        inner += pen(strand(root, height - up * 0.5, height + down * 0.5), 4.4, 0.5, 0.5)
    drawing.fill(outer, ink.gloss, 0.45)
    drawing.fill(inner, lighter(ink.gloss, 0.5), 0.5)
