"""Where the figure is in a picture, and where its head may be."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from models.pictures import PictureError
from models.preparation.source import Pixels

_SOLID = 128
_FIGURE = 0.1
"""A piece this large beside the largest is a figure of its own; smaller ones are a part that floats."""


@dataclass(frozen=True)
class Head:
    """The square that holds a head, in the picture's own pixels: its centre, and its side.

    The head is what THA4 calls so: the skull from the chin to the crown, without what stands off it.
    """

    x: float
    y: float
    size: float

    @classmethod
    def parsed(cls, text: str) -> Head:
        """The head that "x,y,size" says. Raises PictureError."""
        number = r"(\d+(?:\.\d+)?)"
        found = re.fullmatch(f"{number},{number},{number}", text.replace(" ", ""))
        if found is None:
            raise PictureError(f"The head {text[:40]!r} must be three numbers: x,y,size.")
        return cls(*map(float, found.groups()))


@dataclass(frozen=True)
class Figure:
    """What is seen in a picture: the box around it (left, top, right, bottom), and its separate pieces."""

    box: tuple[int, int, int, int]
    pieces: int


def find_figure(pixels: Pixels) -> Figure | None:
    """The figure in a picture (h, w, 4); None where nothing is seen."""
    solid = pixels[..., 3] >= _SOLID
    labels, count = ndimage.label(solid)
    if not count:
        return None
    areas = np.bincount(labels.ravel())[1:]
    return Figure(_box(solid), int((areas >= _FIGURE * areas.max()).sum()))


def guess_head(pixels: Pixels, figure: Figure) -> Head:
    """Where the head of an upright figure may be, by its outline alone. A guess: it has to be looked at.

    A half-figure is about 3.6 heads high, and with its arms at its sides any figure about 1.9 heads wide;
    the head hangs from the figure's top, under the middle of what is there.
    """
    left, top, right, bottom = figure.box
    size = min((bottom - top) / 3.6, (right - left) / 1.9)
    solid = pixels[top : top + max(1, int(size)), left:right, 3] >= _SOLID
    columns = solid.sum(axis=0)
    middle = float((columns * np.arange(right - left)).sum() / max(1, columns.sum()))
    return Head(left + middle + 0.5, top + 0.62 * size, size)


def _box(solid: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(solid.any(axis=1)), np.flatnonzero(solid.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
