"""A drawing as people have it: any size, any common format, with or without transparency."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from models.pictures import PictureError

MAX_BYTES = 64 * 2**20
MAX_PIXELS = 50_000_000
MIN_SIDE = 32
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")

Pixels = NDArray[np.uint8]
"""Straight-alpha sRGB, uint8 (h, w, 4)."""


def read_drawing(path: Path) -> Pixels:
    """Read a drawing, turned as its camera or program says, as straight-alpha sRGB (h, w, 4).

    Raises PictureError for a file that is missing, over 64 MB, of another format, damaged, or whose header
    claims more than 50 million pixels or less than 32 on a side: nothing is decoded before that is known.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise PictureError(f"{path.name} is larger than {MAX_BYTES // 2**20} MB.")
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=FORMATS) as image:
                _check_size(path.name, *image.size)
                return np.array(ImageOps.exif_transpose(image).convert("RGBA"))
    except UnidentifiedImageError:
        raise PictureError(f"{path.name} is no picture of a known format ({', '.join(FORMATS)}).") from None
    except PictureError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureError(f"{path.name} claims more than {MAX_PIXELS:,} pixels.") from None
    except OSError as error:
        reason = f"cannot be read: {error.strerror}" if error.strerror else "is damaged"
        raise PictureError(f"{path.name} {reason}.") from None
    except (SyntaxError, ValueError, EOFError):
        raise PictureError(f"{path.name} is damaged.") from None


def _check_size(name: str, width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise PictureError(f"{name} claims {width} by {height} pixels: more than {MAX_PIXELS:,}.")
    if min(width, height) < MIN_SIDE:
        raise PictureError(f"{name} is only {width} by {height} pixels.")
