"""A drawing made to meet what THA4 asks of a picture, and plain sentences about it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from models.pictures import PictureError, to_display, to_network
from models.preparation.background import is_opaque, plain_colour, spread, without_background
from models.preparation.figure import Figure, Head, find_figure, guess_head
from models.preparation.source import Pixels
from models.view import FULL

HEAD = Head(256.0, 128.0, 128.0)
"""Where the head belongs: the box in the middle of the upper half."""

UNSEEN = (
    "Please look for yourself whether it is one person, upright, facing forward, with eyes open, mouth "
    "closed and hands away from the face: that cannot be checked here."
)


@dataclass(frozen=True)
class Prepared:
    """A picture for a teacher: straight-alpha sRGB uint8 (512, 512, 4).

    head: where the head was taken to be, in the drawing's pixels. done: what was done; wrong: what does not
    meet the constraints and could not be mended; both are plain sentences.
    """

    pixels: Pixels
    head: Head
    done: tuple[str, ...]
    wrong: tuple[str, ...]


def prepare(drawing: Pixels, head: Head | None = None, *, remove_background: bool = False) -> Prepared:
    """Cut out, scale and place a drawing (h, w, 4) so that its head fills the head's box.

    Without `head` it is guessed from the outline. Raises PictureError where there is no figure to be seen,
    or the head is not in the picture.
    """
    done: list[str] = []
    wrong: list[str] = []
    if remove_background:
        drawing = _cut_out(drawing, done, wrong)
    elif is_opaque(drawing):
        wrong.append("The picture has no transparent background; a plain one can be removed on request.")
    figure = find_figure(drawing)
    if figure is None:
        raise PictureError("There is nothing to be seen in the picture.")
    if head is None:
        head = guess_head(drawing, figure)
        done.append(
            f"The head was guessed from the outline, at {head.x:.0f},{head.y:.0f} and {head.size:.0f} large: "
            "look at the result, and say where it is if that is wrong."
        )
    _check_head(head, drawing)
    placed = _placed(drawing, head)
    done += _moved(drawing, head)
    wrong += _shortcomings(drawing, figure, head)
    return Prepared(spread(placed), head, tuple(done), (*wrong, UNSEEN))


def _cut_out(drawing: Pixels, done: list[str], wrong: list[str]) -> Pixels:
    if not is_opaque(drawing):
        done.append("The background is transparent already.")
        return drawing
    colour = plain_colour(drawing)
    if colour is None:
        wrong.append(
            "The background is not of one colour, so it was not removed: that is work for a drawing program."
        )
        return drawing
    cut, enclosed = without_background(drawing, colour)
    done.append(f"The background, #{bytes(colour).hex()}, was made transparent.")
    if enclosed > 1e-3:
        wrong.append(
            "Some areas of the background's colour are enclosed by the figure and were kept: "
            "erase them by hand if they are no part of it."
        )
    return cut


def _check_head(head: Head, drawing: Pixels) -> None:
    height, width = drawing.shape[:2]
    if not (0 <= head.x <= width and 0 <= head.y <= height and 8 <= head.size <= 2 * max(width, height)):
        raise PictureError(
            f"The head must be a square of 8 pixels or more in the {width} by {height} picture."
        )


def _placed(drawing: Pixels, head: Head) -> Pixels:
    """The part of the drawing around the head, on 512 by 512 pixels; beyond its edge all is transparent."""
    scale = head.size / HEAD.size
    left, top = head.x - HEAD.x * scale, head.y - HEAD.y * scale
    box = (left, top, left + FULL * scale, top + FULL * scale)
    # Shrunk while premultiplied and in linear light, so that no fringe appears.
    light = (to_network(drawing) + 1) / 2
    channels = [_resampled(channel.numpy(), box) for channel in light]
    small = torch.from_numpy(np.stack(channels)).clamp_(0, 1)
    return to_display(small[None] * 2 - 1)[0].numpy()


def _resampled(channel: NDArray[np.float32], box: tuple[float, float, float, float]) -> NDArray[np.float32]:
    height, width = channel.shape
    left, top, right, bottom = box
    before = (max(0, -int(np.floor(top))), max(0, -int(np.floor(left))))
    after = (max(0, int(np.ceil(bottom)) - height), max(0, int(np.ceil(right)) - width))
    wide = np.pad(channel, ((before[0], after[0]), (before[1], after[1])))
    window = (left + before[1], top + before[0], right + before[1], bottom + before[0])
    image = Image.fromarray(wide).resize((FULL, FULL), Image.Resampling.BILINEAR, box=window)
    return np.array(image, np.float32)


def _moved(drawing: Pixels, head: Head) -> list[str]:
    height, width = drawing.shape[:2]
    if (width, height) == (FULL, FULL) and np.allclose(
        (head.x, head.y, head.size), (HEAD.x, HEAD.y, HEAD.size), atol=0.5
    ):
        return ["The head is where it belongs already."]
    return [
        f"The picture, {width} by {height}, was scaled to {HEAD.size / head.size:.0%} and moved so that the "
        f"head fills the box of {HEAD.size:.0f} pixels in the middle of the upper half."
    ]


def _shortcomings(drawing: Pixels, figure: Figure, head: Head) -> list[str]:
    width = drawing.shape[1]
    left, top, right, bottom = figure.box
    scale = HEAD.size / head.size
    found = []
    if figure.pieces > 1:
        found.append(f"There are {figure.pieces} separate figures; there must be one.")
    sides = {"left": left == 0, "top": top == 0, "right": right == width}
    cut = [side for side, is_cut in sides.items() if is_cut and not is_opaque(drawing)]
    if cut:
        found.append(f"The figure is cut off at the {' and '.join(cut)} of the drawing.")
    if (bottom - head.y) * scale + HEAD.y < FULL - 1:
        found.append("The figure ends above the lower edge of the picture: it will seem to hover.")
    lost = _lost(drawing, head)
    if lost > 0.01:
        found.append(f"{lost:.0%} of the figure does not fit beside the head and was cut off; legs may be.")
    if scale > 1.5:
        found.append(f"The head is only {head.size:.0f} pixels large in the drawing, so the picture is soft.")
    return found


def _lost(drawing: Pixels, head: Head) -> float:
    """The share of the figure that falls outside the 512 by 512 pixels."""
    scale = head.size / HEAD.size
    left, top = head.x - HEAD.x * scale, head.y - HEAD.y * scale
    rows = slice(max(0, round(top)), max(0, round(top + FULL * scale)))
    columns = slice(max(0, round(left)), max(0, round(left + FULL * scale)))
    alpha = drawing[..., 3].astype(np.float64)
    return 1 - float(alpha[rows, columns].sum() / alpha.sum())
