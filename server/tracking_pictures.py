"""Webcam pictures from strangers: checked by their header before a pixel is decoded, then made small."""

from __future__ import annotations

import io
import warnings

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE = 4096
"""Pixels that either side of a picture may have."""
WIDTH = 640
"""Wider pictures are drawn down to this width: trackers look at fewer pixels still."""

FORMATS = {"jpeg": "JPEG", "png": "PNG", "webp": "WEBP"}


class WebcamError(ValueError):
    """A webcam picture that cannot be used, in one plain sentence."""


def read_picture(data: bytes, kind: str) -> NDArray[np.uint8]:
    """The picture as RGB, uint8 (height, width <= 640, 3).

    `kind` is one of FORMATS, and the bytes must be of it. Raises WebcamError for bytes of another format, a
    side over 4096, or a picture that is cut short; the size is read from the header alone.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # Pillow warns of what it half understood
        try:
            with Image.open(io.BytesIO(data), formats=[FORMATS[kind]]) as image:
                _check_size(image.size)
                return _small(image)
        except WebcamError:
            raise
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise WebcamError(f"The picture is too large; {SIDE} by {SIDE} is the most.") from None
        except Exception:  # Pillow's decoders raise many kinds for broken bytes
            raise WebcamError(f"The picture is not a whole {kind} picture.") from None


def _check_size(size: tuple[int, int]) -> None:
    if max(size) > SIDE:
        raise WebcamError(f"The picture is {size[0]} by {size[1]}; {SIDE} by {SIDE} is the most.")


def _small(image: Image.Image) -> NDArray[np.uint8]:
    width, height = image.size
    if width > WIDTH:
        size = (WIDTH, max(1, round(height * WIDTH / width)))
        image.draft("RGB", size)  # JPEG decodes at an eighth to a half for nearly nothing
        return np.asarray(image.convert("RGB").resize(size, Image.Resampling.BILINEAR))
    return np.asarray(image.convert("RGB"))
