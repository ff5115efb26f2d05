"""Pictures into bytes: one encoder per stream, behind one small interface."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from server.protocol import ProtocolError

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Encoded:
    """One picture's bytes; `key` where they can be decoded without those before."""

    data: bytes
    key: bool


class Encoder(Protocol):
    """Encodes one stream's pictures in order; may keep state from one to the next. Runs on any thread."""

    def encode(self, pixels: Pixels, *, key: bool) -> Encoded:
        """Encode uint8 (height, width, 4), sRGB with straight alpha; a keyframe where `key` asks for it."""
        ...


@dataclass(frozen=True)
class Codec:
    """What a codec's name stands for."""

    alpha: bool
    codec_string: str
    build: Callable[[float], Encoder]
    """An encoder of that quality, 0 to 1."""


class StillEncoder:
    """Each picture by itself; every one is a keyframe."""

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


CODECS: dict[str, Codec] = {
    "webp": Codec(True, "image/webp", _webp),
    "jpeg": Codec(False, "image/jpeg", _jpeg),
    "png": Codec(True, "image/png", _png),
    "raw": Codec(True, "rgba8", _raw),
}


def choose_codec(wanted: Sequence[str]) -> str:
    """The first of the codecs wanted that there is; ProtocolError where there is none."""
    for name in wanted:
        if name in CODECS:
            return name
    raise ProtocolError("bad_message", f"None of these codecs is served here; there are {', '.join(CODECS)}.")


def _saved(pixels: Pixels, form: str, **options: int) -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(out, form, **options)
    return out.getvalue()
