"""Pictures into bytes: one encoder per stream, behind one small interface; and those of still pictures."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Encoded:
    """One picture's bytes; `key` where they can be decoded without those before."""

    data: bytes
    key: bool


class Encoder(Protocol):
    """Encodes one stream's pictures in order; may keep state from one to the next. Runs on any thread."""

    def encode(self, pixels: Pixels, *, key: bool) -> Encoded:
        """Encode one picture, packed as its codec has it; a keyframe where `key` asks for it."""
        ...


class StillEncoder:
    """Each picture, uint8 (height, width, 4), by itself; every one is a keyframe."""

    def __init__(self, still: Callable[[Pixels], bytes]) -> None:
        self._still = still

    def encode(self, pixels: Pixels, *, key: bool) -> Encoded:
        """See `Encoder.encode`."""
        return Encoded(self._still(pixels), key=True)


def _webp(quality: float) -> Encoder:
    # Method 0 takes a third of the time of the default 4, for a tenth more bytes.
    return StillEncoder(lambda pixels: _saved(pixels, "WEBP", quality=round(100 * quality), method=0))


def _jpeg(quality: float) -> Encoder:
    # Over 95 JPEG only grows.
    level = round(10 + 85 * quality)
    return StillEncoder(lambda pixels: _saved(pixels[..., :3], "JPEG", quality=level))


def _png(_: float) -> Encoder:
    return StillEncoder(lambda pixels: _saved(pixels, "PNG", compress_level=1))


def _raw(_: float) -> Encoder:
    return StillEncoder(lambda pixels: pixels.tobytes())


STILLS: dict[str, Callable[[float], Encoder]] = {"webp": _webp, "jpeg": _jpeg, "png": _png, "raw": _raw}
"""An encoder of some quality, 0 to 1, for each codec of still pictures."""


def _saved(pixels: Pixels, form: str, **options: int) -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(out, form, **options)
    return out.getvalue()
