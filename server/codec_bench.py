"""Codecs side by side on the same pictures: time, bytes and fidelity, in one run on one machine."""

from __future__ import annotations

import io
import itertools
import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from statistics import median
from typing import Any, TypedDict

import av
import numpy as np
import torch
from av.video.codeccontext import VideoCodecContext
from av.video.reformatter import ColorRange, Colorspace
from numpy.typing import NDArray
from PIL import Image

from server.codecs import CODECS, Codec
from server.encoders import Encoded, Encoder, Pixels
from server.packing import Packing, pack
from server.video import VideoEncoder, opened

_RATE = 30
_WHITE = (255, 255, 255)


class Row(TypedDict):
    """One codec. Times are medians over all pictures, in milliseconds.

    pack_ms: on the device and to the host. encode_ms: in the server's encoder. bare_ms: in libx264 alone, by
    turns with it, on frames that were made beforehand; not a number for stills. key_bytes: of the first
    picture. kbps: of the others, at 30 a second. psnr: in dB, over white, where there is anything to see,
    against `png`. packed_psnr: the same of what goes into the encoder: what is lost without any coding.
    """

    codec: str
    pack_ms: float
    encode_ms: float
    bare_ms: float
    key_bytes: int
    kbps: float
    psnr: float
    packed_psnr: float


def bench_codecs(
    pictures: Sequence[torch.Tensor], quality: float = 0.7, codecs: Sequence[str] = tuple(CODECS)
) -> list[Row]:
    """Encode two or more pictures of one motion, network space (4, h, w), with each codec in turn."""
    wanted = [_seen(pack(picture[None], Packing())[0].cpu().numpy()) for picture in pictures]
    covered = [pack(picture[None], Packing())[0, ..., 3].cpu().numpy() > 0 for picture in pictures]
    return [_row(name, CODECS[name], pictures, quality, wanted, covered) for name in codecs]


def _row(
    name: str,
    codec: Codec,
    pictures: Sequence[torch.Tensor],
    quality: float,
    wanted: Sequence[NDArray[np.float32]],
    covered: Sequence[NDArray[np.bool_]],
) -> Row:
    packing = Packing(codec.layout, None if codec.alpha else _WHITE)
    pack_ms, packed = _timed(lambda one: pack(one[None], packing)[0].cpu().numpy(), pictures)
    encoder = codec.build(quality)
    moving = isinstance(encoder, VideoEncoder)
    bare = _bare(packed, quality) if moving else itertools.repeat(math.nan)
    encode_ms, encoded, bare_ms = _by_turns(encoder, packed, bare)
    show = _planes(codec.layout == "stacked") if moving else _seen
    decode = _player(show) if moving else _opener(name, packed[0].shape)
    sizes = [len(one.data) for one in encoded]
    return Row(
        codec=name,
        pack_ms=pack_ms,
        encode_ms=encode_ms,
        bare_ms=bare_ms,
        key_bytes=sizes[0],
        kbps=8e-3 * _RATE * sum(sizes[1:]) / (len(sizes) - 1),
        psnr=_likeness(map(decode, encoded), wanted, covered),
        packed_psnr=_likeness(map(show, packed), wanted, covered),
    )


def _likeness(
    shown: Iterable[NDArray[np.float32]],
    wanted: Sequence[NDArray[np.float32]],
    covered: Sequence[NDArray[np.bool_]],
) -> float:
    trios = zip(shown, wanted, covered, strict=True)
    return _decibels(float(np.mean([((one - picture)[seen] ** 2).mean() for one, picture, seen in trios])))


def _timed(work: Callable[[Any], Any], things: Sequence[Any]) -> tuple[float, list[Any]]:
    results, seconds = [], []
    for thing in things:
        begun = time.perf_counter()
        results.append(work(thing))
        seconds.append(time.perf_counter() - begun)
    return 1e3 * median(seconds), results


def _by_turns(
    encoder: Encoder, packed: Sequence[Pixels], bare: Iterable[float]
) -> tuple[float, list[Encoded], float]:
    """The encoder's median over all pictures, what it made, and the median of `bare`, asked between."""
    ours, theirs, encoded = [], [], []
    for one, other in zip(packed, bare, strict=False):
        seconds, made = _timed(lambda planes: encoder.encode(planes, key=False), [one])
        ours.append(seconds)
        theirs.append(other)
        encoded += made
    return median(ours), encoded, median(theirs)


def _bare(packed: Sequence[Pixels], quality: float) -> Iterator[float]:
    """Milliseconds of libx264 for one picture after another."""
    frames = [av.VideoFrame.from_ndarray(planes, format="yuv420p") for planes in packed]
    context = opened(frames[0].width, frames[0].height, quality)
    for number, frame in enumerate(frames):
        frame.pts = number
        yield _timed(context.encode, [frame])[0]


def _opener(name: str, shape: tuple[int, ...]) -> Callable[[Encoded], NDArray[np.float32]]:
    def raw(encoded: Encoded) -> NDArray[np.float32]:
        return _seen(np.frombuffer(encoded.data, np.uint8).reshape(shape))

    def compressed(encoded: Encoded) -> NDArray[np.float32]:
        with Image.open(io.BytesIO(encoded.data)) as image:
            return _seen(np.array(image.convert("RGBA")))

    return raw if name == "raw" else compressed


def _player(show: Callable[[Pixels], NDArray[np.float32]]) -> Callable[[Encoded], NDArray[np.float32]]:
    context = av.CodecContext.create("h264", "r")
    assert isinstance(context, VideoCodecContext)
    context.thread_count = 1

    def play(encoded: Encoded) -> NDArray[np.float32]:
        (frame,) = context.decode(av.Packet(encoded.data))
        return show(np.asarray(frame.to_ndarray(), np.uint8))

    return play


def _planes(stacked: bool) -> Callable[[Pixels], NDArray[np.float32]]:
    def show(planes: Pixels) -> NDArray[np.float32]:
        frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        plain = frame.reformat(
            format="rgb24",
            src_colorspace=Colorspace.ITU709,
            src_color_range=ColorRange.JPEG,
            dst_color_range=ColorRange.JPEG,
        )
        shown = plain.to_ndarray().astype(np.float32)
        if not stacked:
            return shown
        colour, alpha = np.split(shown, 2)
        return np.minimum(colour, alpha) + 255 - alpha

    return show


def _seen(rgba: Pixels) -> NDArray[np.float32]:
    """Over white as a page shows it, float32 (h, w, 3)."""
    alpha = rgba[..., 3:].astype(np.float32) / 255
    return np.asarray(rgba[..., :3] * alpha + 255 * (1 - alpha), np.float32)


def _decibels(square: float) -> float:
    return 10 * math.log10(255**2 / square) if square else math.inf
