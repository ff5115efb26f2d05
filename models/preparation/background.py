"""Taking a plain background away, with soft edges in the figure's own colour."""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from models.preparation.source import Pixels

TOLERANCE = 20
"""How far a channel of the background may be from its colour, of 255: more than JPEG makes of a flat area."""

PLAIN = 0.9
"""The share of the border's upper part that must be of one colour."""

_EDGE = 3.0
"""Within so many pixels of the background, colours are mixed with it."""

Colour = tuple[int, int, int]


def is_opaque(pixels: Pixels) -> bool:
    """Whether hardly anything of a picture (h, w, 4) is transparent."""
    return bool((pixels[..., 3] < 128).mean() < 0.01)


def plain_colour(pixels: Pixels) -> Colour | None:
    """The one colour of the background; None where the border shows several.

    The lower part of the border is not asked: a half-figure is cut off there.
    """
    height = pixels.shape[0]
    sides = pixels[: height * 2 // 3]
    border = np.concatenate([pixels[0], sides[:, 0], sides[:, -1]])[:, :3]
    colour = np.median(border, axis=0)
    if (np.abs(border - colour).max(axis=1) <= TOLERANCE).mean() < PLAIN:
        return None
    red, green, blue = (int(value) for value in colour)
    return red, green, blue


def without_background(pixels: Pixels, colour: Colour) -> tuple[Pixels, float]:
    """Make transparent what is of the background's colour and connected with the border.

    Edges become as transparent as they are mixed with the background, and take the colour of the figure
    beside them. Gives the new picture, and the share of it that looks like background but is enclosed by
    the figure, and was kept: a white shirt looks no different from the gap under an arm.
    """
    alike = np.abs(pixels[..., :3].astype(np.int16) - colour).max(axis=2) <= TOLERANCE
    labels, _ = ndimage.label(alike)
    outside = np.isin(labels, _border_labels(labels))
    enclosed = float((alike & ~outside).mean())
    distance = cast("NDArray[np.float64]", ndimage.distance_transform_edt(~outside))
    inside = distance > _EDGE
    if not inside.any():
        return np.zeros_like(pixels), enclosed
    own = _nearest(pixels[..., :3], inside)
    alpha = np.where(inside, 1.0, _share(pixels[..., :3], own, colour))
    alpha[outside] = 0.0
    cut = np.dstack([np.where(inside[..., None], pixels[..., :3], own), np.rint(alpha * 255)])
    return cut.astype(np.uint8), enclosed


def spread(pixels: Pixels) -> Pixels:
    """Give what is wholly transparent the colour of the nearest visible pixel.

    Programs that shrink or turn a picture without regard to alpha then draw no dark or light fringe.
    """
    seen = pixels[..., 3] > 0
    if not seen.any():
        return pixels
    return np.dstack([_nearest(pixels[..., :3], seen), pixels[..., 3]])


def _border_labels(labels: NDArray[np.int32]) -> NDArray[np.int32]:
    border = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    return np.unique(border[border > 0])


def _nearest(colours: NDArray[np.uint8], wanted: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """For each pixel the colour of the nearest wanted one."""
    rows, columns = ndimage.distance_transform_edt(~wanted, return_distances=False, return_indices=True)
    return cast("NDArray[np.uint8]", colours[rows, columns])


def _share(mixed: NDArray[np.uint8], own: NDArray[np.uint8], colour: Colour) -> NDArray[np.float64]:
    """How much of each mixed colour is the figure's own, in [0, 1]: where it lies between the two."""
    away = own.astype(np.float64) - colour
    along = ((mixed.astype(np.float64) - colour) * away).sum(axis=2)
    length = (away**2).sum(axis=2)
    # A figure of the background's colour cannot be told from it: it stays.
    return np.where(length > 0, np.clip(along / np.maximum(length, 1e-9), 0, 1), 1.0)
