"""Every writer's file opens again, and shows the frames that went in."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from PIL import Image

from models.regions import whole
from models.writers import (
    WRITERS,
    Shot,
    write_array,
    write_clear_film,
    write_film,
    write_gif,
    write_sheet,
    write_webp,
)

COLOURS = [(1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (1.0, 1.0, 0.0), (0.2, 0.2, 0.2)]
SRGB = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (124, 124, 124)]


def disc(colour: tuple[float, float, float]) -> torch.Tensor:
    """A disc of one colour (linear light) on a transparent ground: network space (4, 32, 32)."""
    x, y = whole(32).positions(torch.device("cpu"))
    alpha = ((0.7 - torch.hypot(x, y)) * 16).clamp(0, 1)
    return torch.stack([value * alpha for value in colour] + [alpha]) * 2 - 1


def discs(count: int) -> Iterator[torch.Tensor]:
    return map(disc, COLOURS[:count])


def shot(count: int, **choices: object) -> Shot:
    return Shot(count, 32, 32, **choices)  # type: ignore[arg-type]


def near(pixel: object, expected: tuple[int, ...], by: int) -> bool:
    return bool(np.abs(np.subtract(np.asarray(pixel, int), expected)).max() <= by)


def test_there_is_a_writer_for_each_kind_of_file() -> None:
    assert set(WRITERS) == {".npz", ".png", ".webp", ".gif", ".mp4", ".webm"}


def test_arrays_hold_network_space_as_float16(tmp_path: Path) -> None:
    write_array(discs(3), shot(3), tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz") as found:
        frames = found["frames"]
    assert (frames.shape, frames.dtype) == ((3, 4, 32, 32), np.float16)
    np.testing.assert_allclose(frames[2], disc(COLOURS[2]).numpy(), atol=5e-4)


def test_one_frame_is_a_picture_with_its_transparency(tmp_path: Path) -> None:
    write_sheet(discs(1), shot(1), tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as picture:
        assert (picture.size, picture.mode) == ((32, 32), "RGBA")
        assert picture.getpixel((16, 16)) == (255, 0, 0, 255)
        assert picture.getpixel((0, 0)) == (0, 0, 0, 0)


@pytest.mark.parametrize(("columns", "size"), [(None, (96, 64)), (2, (64, 96)), (99, (160, 32))])
def test_more_frames_are_a_sheet_in_rows(tmp_path: Path, columns: int | None, size: tuple[int, int]) -> None:
    write_sheet(discs(5), shot(5, columns=columns), tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as sheet:
        assert sheet.size == size
        wide = size[0] // 32
        for number, colour in enumerate(SRGB):
            place = (number % wide * 32 + 16, number // wide * 32 + 16)
            assert sheet.getpixel(place) == (*colour, 255)


def test_a_background_makes_a_picture_opaque(tmp_path: Path) -> None:
    write_sheet(discs(1), shot(1, background=(10, 20, 30)), tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.getpixel((0, 0)) == (10, 20, 30, 255)


@pytest.mark.parametrize(("write", "name"), [(write_webp, "a.webp"), (write_gif, "a.gif")])
def test_animations_keep_frames_times_and_transparency(tmp_path: Path, write: object, name: str) -> None:
    WRITERS[Path(name).suffix](discs(4), shot(4, fps=20), tmp_path / name)
    with Image.open(tmp_path / name) as film:
        assert film.n_frames == 4  # type: ignore[attr-defined]
        for number in range(4):
            film.seek(number)
            film.load()
            assert film.info["duration"] == 50
            picture = film.convert("RGBA")
            assert near(picture.getpixel((16, 16)), (*SRGB[number], 255), 12)
            assert picture.getpixel((0, 0))[3] == 0  # type: ignore[index]


def test_the_times_of_an_animation_do_not_drift(tmp_path: Path) -> None:
    frames = (disc(COLOURS[number % 4]) for number in range(30))
    write_gif(frames, shot(30, fps=30), tmp_path / "a.gif")
    total = 0
    with Image.open(tmp_path / "a.gif") as film:
        for number in range(film.n_frames):  # type: ignore[attr-defined]
            film.seek(number)
            total += film.info["duration"]
    assert total == 1000


def test_a_film_has_the_frames_over_white_at_its_rate(tmp_path: Path) -> None:
    write_film(discs(4), shot(4, fps=25), tmp_path / "a.mp4")
    with av.open(tmp_path / "a.mp4") as film:
        stream = film.streams.video[0]
        assert (stream.codec_context.name, stream.pix_fmt) == ("h264", "yuv420p")
        assert stream.average_rate == Fraction(25)
        assert stream.codec_context.colorspace == 1
        shown = [
            frame.reformat(format="rgb24", src_colorspace="ITU709").to_ndarray()
            for frame in film.decode(stream)
        ]
    assert len(shown) == 4
    for pixels, colour in zip(shown, SRGB, strict=False):
        assert near(pixels[16, 16], colour, 16)
        assert near(pixels[0, 0], (255, 255, 255), 6)


def clear_film(path: Path) -> list[tuple[float, np.ndarray]]:
    """Times in seconds and RGBA pictures, by a decoder that knows of alpha: FFmpeg's own leaves it out."""
    with av.open(path) as film:
        stream = film.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.colorspace) == ("vp9", 1)
        decoder = av.CodecContext.create("libvpx-vp9", "r")
        packets = film.demux(stream)
        shown = [frame for packet in packets for frame in decoder.decode(packet if packet.size else None)]
        pictures = [frame.reformat(format="rgba", src_colorspace="ITU709").to_ndarray() for frame in shown]
        return [(float(frame.time or 0.0), pixels) for frame, pixels in zip(shown, pictures, strict=True)]


@pytest.mark.parametrize("fps", [24, 29.97])
def test_a_webm_keeps_times_and_soft_transparency(tmp_path: Path, fps: float) -> None:
    write_clear_film(discs(4), shot(4, fps=fps), tmp_path / "a.webm")
    times, pictures = zip(*clear_film(tmp_path / "a.webm"), strict=True)
    assert times == pytest.approx([number / fps for number in range(4)], abs=0.001)
    with av.open(tmp_path / "a.webm") as film:
        assert film.duration is not None
        assert film.duration / av.time_base == pytest.approx(4 / fps, abs=0.002)
    alpha = disc(COLOURS[0])[3].add(1).mul(127.5).numpy()
    assert ((alpha > 40) & (alpha < 215)).any()
    for pixels, colour in zip(pictures, SRGB, strict=False):
        assert near(pixels[16, 16], (*colour, 255), 16)
        assert np.abs(pixels[..., 3] - alpha).max() < 24


def test_a_webm_over_a_background_is_opaque(tmp_path: Path) -> None:
    write_clear_film(discs(1), shot(1, background=(10, 120, 30)), tmp_path / "a.webm")
    ((_, pixels),) = clear_film(tmp_path / "a.webm")
    assert near(pixels[0, 0], (10, 120, 30, 255), 8)


def test_a_film_takes_frames_as_they_come(tmp_path: Path) -> None:
    alive: list[int] = []

    def frames() -> Iterator[torch.Tensor]:
        for number in range(5):
            alive.append(number)
            yield disc(COLOURS[number])

    written = frames()
    write_film(written, shot(5, background=(0, 0, 0)), tmp_path / "a.mp4")
    assert alive == list(range(5))
    with av.open(tmp_path / "a.mp4") as film:
        first = next(film.decode(video=0)).reformat(format="rgb24").to_ndarray()
    assert near(first[0, 0], (0, 0, 0), 6)
