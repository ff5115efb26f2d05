"""Pictures into H.264: one picture in, one access unit out, each built upon the one before."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import av
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType

from server.encoders import Encoded, Pixels

# The lowest level that holds the largest stream there is, 512 by 1024 at 60 frames a second (H.264 table
# one for all, so that `codec_string` is known before the first picture.
_LEVEL = 32
CODEC_STRING = f"avc1.42C0{_LEVEL:02X}"
"""What WebCodecs calls it (RFC 6381): constrained baseline."""

RATE = 30
"""Pictures a second: only an encoder's sense of proportion."""
_PARAMETERS = {
    # A keyframe comes when one is asked for, with its parameter sets.
    "keyint": "infinite",
    "scenecut": 0,
    "repeat-headers": 1,
    "annexb": 1,
    "level": _LEVEL,
    "ref": 1,
    "bframes": 0,
    # Few samples carry the colours of thin lines: finer ones are half a decibel for a tenth more bytes.
    "chroma-qp-offset": -9,
    # What the samples are (H.273): sRGB on BT.709 primaries and matrix, full range, chroma in the middle.
    "fullrange": "on",
    "colorprim": "bt709",
    "transfer": "iec61966-2-1",
    "colormatrix": "bt709",
    "chromaloc": 1,
}


Opener = Callable[[int, int, float], VideoCodecContext]
"""An encoder for a width, a height and a quality 0 to 1."""


class VideoEncoder:
    """H.264 of one stream, whose encoder is opened at the first picture, on the thread that encodes it.

    The times of frames are not told: real ones travel beside the stream.
    """

    def __init__(self, quality: float, opener: Opener | None = None) -> None:
        self._quality = quality
        self._opener = opener or opened
        self._context: VideoCodecContext | None = None
        self._count = 0

    def encode(self, pixels: Pixels, *, key: bool) -> Encoded:
        """Encode I420, uint8 (height * 3 / 2, width); all must have one shape. The first is a keyframe."""
        if self._context is None:
            self._context = self._opener(pixels.shape[1], pixels.shape[0] * 2 // 3, self._quality)
        key = key or self._count == 0
        frame = av.VideoFrame.from_ndarray(pixels, format="yuv420p")
        frame.pts = self._count
        if key:
            frame.pict_type = PictureType.I
        self._count += 1
        return Encoded(b"".join(bytes(packet) for packet in self._context.encode(frame)), key)


def rate_factor(quality: float) -> float:
    """Quality 0 to 1 as constant rate factor 44 to 13, in which 6 less is about twice the bytes."""
    return 44 - 31 * quality


def opened(width: int, height: int, quality: float) -> VideoCodecContext:
    """libx264 for one stream of that many pixels, both even."""
    context = av.CodecContext.create("libx264", "w")
    assert isinstance(context, VideoCodecContext)
    context.width, context.height, context.pix_fmt = width, height, "yuv420p"
    context.time_base, context.framerate = Fraction(1, RATE), Fraction(RATE)
    # More threads would hold frames back; the streams share the encoder threads as it is.
    context.thread_count = 1
    context.options = {
        "preset": "ultrafast",
        "tune": "zerolatency",
        "profile": "baseline",
        "crf": f"{rate_factor(quality):.2f}",
        "forced-idr": "1",
        "x264-params": ":".join(f"{name}={value}" for name, value in _PARAMETERS.items()),
    }
    context.open()
    return context
