"""What a client asked for, and what it gets: video settings into the key of a stream. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from models.view import View
from server.codecs import CODECS, choose_codec
from server.packing import Packing
from server.protocol import VideoSettings

_WHITE = (255, 255, 255)


@dataclass(frozen=True)
class StreamKey:
    """Settings that make one encoding: clients of a session with equal keys share it.

    `background` is an sRGB triple, or None where the codec carries alpha.
    """

    view: View
    background: tuple[int, int, int] | None
    codec: str
    quality: float
    fps: float


def stream_key(video: VideoSettings, max_fps: float) -> StreamKey:
    """The stream for these settings; ProtocolError where none of the codecs is served here."""
    codec = choose_codec(video.codecs)
    background: tuple[int, int, int] | None = None
    if video.background != "transparent":
        red, green, blue = bytes.fromhex(video.background[1:])
        background = red, green, blue
    elif not CODECS[codec].alpha:
        background = _WHITE
    return StreamKey(video.view, background, codec, video.quality, min(video.max_fps, max_fps))


def packing_of(key: StreamKey) -> Packing:
    """What the device gives the encoder of a stream."""
    return Packing(CODECS[key.codec].layout, key.background)


def described(video: VideoSettings, key: StreamKey) -> dict[str, Any]:
    """`video` of `welcome` and `config`: what was chosen."""
    background = key.background
    return {
        "codec": key.codec,
        "codec_string": CODECS[key.codec].codec_string,
        "width": key.view.width,
        "height": key.view.height,
        "fps": key.fps,
        "alpha": background is None,
        "background": "transparent" if background is None else f"#{bytes(background).hex()}",
        "size": video.size,
        "crop": list(video.crop),
        "quality": video.quality,
        "fit": video.fit,
    }
