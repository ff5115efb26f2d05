"""H.264 by the graphics card, where there is one that makes what the protocol promises."""

from __future__ import annotations

import re
from fractions import Fraction

import av
import numpy as np
import structlog
from av.video.codeccontext import VideoCodecContext
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

from server import video
from server.video import CODEC_STRING, RATE, Opener, VideoEncoder

log = structlog.get_logger()

_NEVER = 2**31 - 1  # pictures from one keyframe to the next, if nobody asks
_SIZE = 256  # NVENC takes none of under 145 pixels
_SEQUENCE, _PICTURE, _IDR = 7, 8, 5


def opened(width: int, height: int, quality: float) -> VideoCodecContext:
    """NVENC for one stream, as `server.video.opened`. Raises av.FFmpegError where there is none."""
    context = av.CodecContext.create("h264_nvenc", "w")
    assert isinstance(context, VideoCodecContext)
    context.width, context.height, context.pix_fmt = width, height, "yuv420p"
    context.time_base, context.framerate = Fraction(1, RATE), Fraction(RATE)
    context.gop_size, context.max_b_frames = _NEVER, 0
    context.color_range, context.colorspace = ColorRange.JPEG, Colorspace.ITU709
    context.color_primaries, context.color_trc = ColorPrimaries.BT709, ColorTrc.IEC61966_2_1
    context.options = {
        "preset": "p1",
        "tune": "ull",
        "zerolatency": "1",
        "delay": "0",
        "rc": "constqp",
        "qp": f"{round(video.rate_factor(quality))}",
        "profile": "baseline",
        "level": "3.2",
        "forced-idr": "1",
    }
    context.open()
    return context


def best(card: Opener = opened) -> Opener:
    """The card's encoder where it keeps to the protocol, tried here; else libx264's. Which one, is logged.

    A card that takes no more streams leaves the rest to libx264.
    """
    if reason := trouble(card):
        log.info("video by libx264", reason=reason)
        return video.opened
    log.info("video by the graphics card")

    def either(width: int, height: int, quality: float) -> VideoCodecContext:
        try:
            return card(width, height, quality)
        except av.FFmpegError:
            return video.opened(width, height, quality)

    return either


def trouble(card: Opener) -> str:
    """What keeps an encoder from being used, as a sentence; empty where nothing does."""
    encoder, grey = VideoEncoder(0.7, card), np.full((_SIZE * 3 // 2, _SIZE), 128, np.uint8)
    try:
        made = [encoder.encode(grey, key=key).data for key in (True, False, True)]
    except (av.FFmpegError, ValueError) as error:
        return f"The graphics card's encoder cannot be opened: {getattr(error, 'strerror', error)}."
    first, between, asked = (set(_units(data)) for data in made)
    whole = {_SEQUENCE, _PICTURE, _IDR}
    if not (all(made) and whole <= first and whole <= asked and _IDR not in between):
        return (
            "The graphics card's encoder gives no picture at once, or no keyframe when it is asked for one."
        )
    if (said := _codec_string(made[0])) != CODEC_STRING:
        return f"The graphics card's encoder makes {said}, not {CODEC_STRING}."
    return ""


def _units(data: bytes) -> list[int]:
    """The types of the units of an access unit (H.264 table 7-1), Annex B."""
    return [data[start.end()] & 31 for start in re.finditer(b"\0\0\1", data)]


def _codec_string(data: bytes) -> str:
    start = re.search(b"\0\0\1[\x07\x27\x47\x67]", data)
    return f"avc1.{data[start.end() : start.end() + 3].hex().upper()}" if start else ""
