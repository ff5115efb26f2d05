"""Frames into files: arrays, still pictures, animations and films.

A writer takes frames one after another, network space float32 (4, h, w), and keeps as few of them as
its format allows.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import numpy as np
import torch
from av.container import OutputContainer
from av.video.stream import VideoStream
from numpy.typing import NDArray
from PIL import Image

from models.pictures import to_display

Colour = tuple[int, int, int]
Pixels = NDArray[np.uint8]

WHITE: Colour = (255, 255, 255)
BT709 = 1  # in H.264's own numbering, which VP9 is told in as well


@dataclass(frozen=True)
class Shot:
    """What a writer must know of its frames: how many, their size in pixels, and how they are shown.

    background: 8-bit sRGB, or None to keep the transparency. fps: frames a second. columns: of a sheet,
    or None for a sheet about as wide as high.
    """

    count: int
    width: int
    height: int
    background: Colour | None = None
    fps: float = 30
    columns: int | None = None


Writer = Callable[[Iterator[torch.Tensor], Shot, Path], None]


def write_array(frames: Iterator[torch.Tensor], shot: Shot, path: Path) -> None:
    """`frames`, float16 (N, 4, h, w) in network space, in an uncompressed `.npz`."""
    header = {"descr": "<f2", "fortran_order": False, "shape": (shot.count, 4, shot.height, shot.width)}
    with (
        zipfile.ZipFile(path, "w") as archive,
        archive.open("frames.npy", "w", force_zip64=True) as file,
    ):
        np.lib.format.write_array_header_2_0(file, header)
        for frame in frames:
            file.write(frame.half().cpu().numpy().astype("<f2", copy=False).tobytes())


def write_sheet(frames: Iterator[torch.Tensor], shot: Shot, path: Path) -> None:
    """One frame as a `.png`, or all of them in rows on one sheet."""
    columns = min(shot.columns or int(np.ceil(np.sqrt(shot.count))), shot.count)
    rows = -(-shot.count // columns)
    sheet = np.zeros((rows * shot.height, columns * shot.width, 4), np.uint8)
    for number, pixels in enumerate(_pixels(frames, shot.background)):
        top, left = number // columns * shot.height, number % columns * shot.width
        sheet[top : top + shot.height, left : left + shot.width] = pixels
    Image.fromarray(sheet).save(path, format="PNG")


def write_webp(frames: Iterator[torch.Tensor], shot: Shot, path: Path) -> None:
    """An endless animated `.webp`, with soft transparency."""
    first, *rest = (Image.fromarray(pixels) for pixels in _pixels(frames, shot.background))
    durations = _durations(shot, 1)
    first.save(path, "WEBP", save_all=True, append_images=rest, duration=durations, loop=0, quality=90)


def write_gif(frames: Iterator[torch.Tensor], shot: Shot, path: Path) -> None:
    """An endless `.gif`; a pixel under half alpha is transparent, and any other is opaque."""
    images = (_solid(pixels) for pixels in _pixels(frames, shot.background))
    first = next(images)
    durations = _durations(shot, 10)
    first.save(path, "GIF", save_all=True, append_images=images, duration=durations, loop=0, disposal=2)


def write_film(frames: Iterator[torch.Tensor], shot: Shot, path: Path) -> None:
    """An H.264 `.mp4` (yuv420p, BT.709), over white where no background is given."""
    with av.open(path, "w", format="mp4", options={"movflags": "faststart"}) as film:
        stream = _stream(film, "libx264", "yuv420p", shot, {"crf": "18"})
        for pixels in _pixels(frames, shot.background or WHITE):
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels[..., :3]), format="rgb24")
            film.mux(stream.encode(picture.reformat(format="yuv420p", dst_colorspace="ITU709")))
        film.mux(stream.encode())


def write_clear_film(frames: Iterator[torch.Tensor], shot: Shot, path: Path) -> None:
    """A VP9 `.webm` (yuva420p, BT.709), with soft transparency; a player must know VP9's alpha to show it."""
    options = {"crf": "18", "b": "0", "deadline": "good", "cpu-used": "4", "row-mt": "1"}
    with av.open(path, "w", format="webm") as film:
        stream = _stream(film, "libvpx-vp9", "yuva420p", shot, options)
        for pixels in _pixels(frames, shot.background):
            picture = av.VideoFrame.from_ndarray(pixels, format="rgba")
            film.mux(stream.encode(picture.reformat(format="yuva420p", dst_colorspace="ITU709")))
        film.mux(stream.encode())


WRITERS: dict[str, Writer] = {
    ".npz": write_array,
    ".png": write_sheet,
    ".webp": write_webp,
    ".gif": write_gif,
    ".mp4": write_film,
    ".webm": write_clear_film,
}


def _stream(
    film: OutputContainer, codec: str, pixels: str, shot: Shot, options: dict[str, str]
) -> VideoStream:
    stream = film.add_stream(codec, rate=Fraction(shot.fps).limit_denominator(1001), options=options)
    assert isinstance(stream, VideoStream)
    stream.width, stream.height, stream.pix_fmt = shot.width, shot.height, pixels
    stream.codec_context.colorspace = stream.codec_context.color_primaries = BT709
    stream.codec_context.color_trc = BT709
    return stream


def _pixels(frames: Iterator[torch.Tensor], background: Colour | None) -> Iterator[Pixels]:
    for frame in frames:
        yield to_display(frame[None], background)[0].cpu().numpy()


def _durations(shot: Shot, step: int) -> list[int]:
    """Milliseconds of each frame, in whole steps that do not drift from the clock."""
    ends = [step * round(number * 1000 / shot.fps / step) for number in range(shot.count + 1)]
    return [end - start for start, end in zip(ends, islice(ends, 1, None), strict=False)]


def _solid(pixels: Pixels) -> Image.Image:
    seen = pixels[..., 3:] >= 128
    return Image.fromarray(np.where(seen, pixels | np.array([0, 0, 0, 255], np.uint8), 0).astype(np.uint8))
