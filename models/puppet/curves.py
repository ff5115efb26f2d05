"""Curves as SVG path data: smooth outlines through points, and pen lines of changing width.

Points are (x, y) in picture units, x measured from the picture's middle, y from its top.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Point = tuple[float, float]
Points = Sequence[Point]
Array = NDArray[np.float64]

# Straight pieces for each stretch between two points of a pen line.
_PIECES = 8


def smooth(points: Points) -> str:
    """An open curve through all points (at least two), without the move to the first."""
    knots = np.asarray(points, np.float64)
    begin, end = _tangents(knots)
    first, second = knots[:-1] + begin / 3, knots[1:] - end / 3
    return "".join(
        f"C{_number(a)} {_number(b)} {_number(c)}" for a, b, c in zip(first, second, knots[1:], strict=True)
    )


def shape(*runs: Points) -> str:
    """A closed outline of smooth runs, one after another, with corners where they meet."""
    path = f"M{_number(np.asarray(runs[0][0]))}"
    last = runs[0][0]
    for run in runs:
        path += "" if tuple(run[0]) == tuple(last) else f"L{_number(np.asarray(run[0]))}"
        path += smooth(run)
        last = run[-1]
    return path + "Z"


def closed(points: Points) -> str:
    """A closed outline that is smooth everywhere."""
    count = len(points)
    ring = [points[(place - 2) % count] for place in range(count + 5)]
    knots = np.asarray(ring, np.float64)
    begin, end = _tangents(knots)
    path = f"M{_number(knots[2])}"
    for place in range(2, 2 + count):
        a, b = knots[place] + begin[place] / 3, knots[place + 1] - end[place] / 3
        path += f"C{_number(a)} {_number(b)} {_number(knots[place + 1])}"
    return path + "Z"


def sampled(points: Points, pieces: int = _PIECES) -> Array:
    """Points (N, 2) along the smooth curve through `points`."""
    knots = np.asarray(points, np.float64)
    begin, end = _tangents(knots)
    t = np.linspace(0, 1, pieces, endpoint=False)[:, None]
    a, b = 2 * t**3 - 3 * t**2 + 1, t**3 - 2 * t**2 + t
    c, d = -2 * t**3 + 3 * t**2, t**3 - t**2
    parts = [a * knots[i] + b * begin[i] + c * knots[i + 1] + d * end[i] for i in range(len(begin))]
    return np.concatenate([*parts, knots[-1:]])


def ribbon(points: Points, widths: Sequence[float]) -> str:
    """A band along the smooth curve through `points`, as wide at each point as `widths` says."""
    line = sampled(points)
    places = np.linspace(0, 1, len(widths))
    half = np.interp(np.linspace(0, 1, len(line)), places, np.asarray(widths, np.float64))[:, None] / 2
    along = np.gradient(line, axis=0)
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1) * half
    return _polygon(np.concatenate([line + across, (line - across)[::-1]]))


def pen(points: Points, width: float, start: float = 0.25, end: float = 0.25) -> str:
    """A pen line that swells to `width` and runs out over the shares `start` and `end` of its length."""
    t = np.linspace(0, 1, 17)
    rise = np.clip(t / max(start, 1e-6), 0, 1) * np.clip((1 - t) / max(end, 1e-6), 0, 1)
    return ribbon(points, (width * np.sqrt(rise)).tolist())


def mirrored(points: Points) -> list[Point]:
    """The same points on the other side of the middle."""
    return [(-x, y) for x, y in points]


def both(points: Points) -> list[Point]:
    """A line from the middle down the right side, carried on from the left: left end first."""
    return [*mirrored(points)[::-1], *points[1 if points[0][0] == 0 else 0 :]]


def _tangents(knots: Array) -> tuple[Array, Array]:
    """Each stretch's velocity at its beginning and at its end, for a stretch that takes one unit of time."""
    # Centripetal Catmull-Rom, so that close knots beside far ones do not make loops.
    step = np.diff(knots, axis=0)
    time = np.maximum(np.linalg.norm(step, axis=1, keepdims=True), 1e-6) ** 0.5
    slope = step / time
    inner = slope[:-1] + slope[1:] - (step[:-1] + step[1:]) / (time[:-1] + time[1:])
    velocity = np.concatenate([slope[:1], inner, slope[-1:]])
    return velocity[:-1] * time, velocity[1:] * time


def _polygon(points: Array) -> str:
    return "M" + "L".join(map(_number, points)) + "Z"


def _number(point: Array) -> str:
    return f"{point[0]:.2f},{point[1]:.2f}"
