"""The codecs that are served: what each takes, what it is called, and how its encoder is built."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from server.encoders import STILLS, Encoder
from server.packing import Layout
from server.protocol import ProtocolError
from server.video import CODEC_STRING, VideoEncoder


@dataclass(frozen=True)
class Codec:
    """What a codec's name stands for."""

    layout: Layout
    alpha: bool
    codec_string: str
    build: Callable[[float], Encoder]
    """An encoder of that quality, 0 to 1."""


CODECS: dict[str, Codec] = {
    "h264-alpha": Codec("stacked", True, CODEC_STRING, VideoEncoder),
    "h264": Codec("planes", False, CODEC_STRING, VideoEncoder),
    "webp": Codec("rgba", True, "image/webp", STILLS["webp"]),
    "jpeg": Codec("rgba", False, "image/jpeg", STILLS["jpeg"]),
    "png": Codec("rgba", True, "image/png", STILLS["png"]),
    "raw": Codec("rgba", True, "rgba8", STILLS["raw"]),
}


def choose_codec(wanted: Sequence[str]) -> str:
    """The first of the codecs wanted that there is; ProtocolError where there is none."""
    for name in wanted:
        if name in CODECS:
            return name
    raise ProtocolError("bad_message", f"None of these codecs is served here; there are {', '.join(CODECS)}.")
