"""A film keeps what was shown: its pictures, their times and their transparency."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray

from bunraku_client.cli import main
from bunraku_client.errors import InvalidInputError
from bunraku_client.film import filming

av = pytest.importorskip("av")

if TYPE_CHECKING:
    from clients.python.conftest import FakeServer


def _half(red: int) -> NDArray[np.uint8]:
    picture = np.zeros((64, 64, 4), np.uint8)
    picture[:32] = (red, 20, 30, 255)
    return picture


def _read(path: Path, decoder: str | None = None) -> list[tuple[float, NDArray[np.uint8]]]:
    with av.open(str(path)) as film:
        context = av.CodecContext.create(decoder, "r") if decoder else film.streams.video[0].codec_context
        base = film.streams.video[0].time_base
        frames = [
            frame
            for packet in film.demux(video=0)
            for frame in context.decode(packet if packet.size else None)
        ]
        return [(float(frame.pts * base), frame.to_ndarray(format="rgba")) for frame in frames]


def test_a_webm_keeps_transparency_and_times(tmp_path: Path) -> None:
    with filming(tmp_path / "a.webm", 64, 64, clock_ms=lambda: 1100.0) as film:
        for red, time in ((200, 1000.0), (100, 1040.0), (50, 1100.0)):
            film.add(_half(red), time)
    read = _read(tmp_path / "a.webm", "libvpx-vp9")
    assert [time for time, _ in read] == pytest.approx([0, 0.04, 0.1], abs=0.002)
    first = read[0][1].astype(int)
    assert abs(first[8, 8] - (200, 20, 30, 255)).max() < 12
    assert first[56, 8, 3] < 4


@pytest.mark.parametrize(("name", "decoder"), [("a.webm", "libvpx-vp9"), ("a.mp4", None)])
def test_the_last_picture_stays_until_the_films_end(tmp_path: Path, name: str, decoder: str | None) -> None:
    with filming(tmp_path / name, 64, 64, clock_ms=lambda: 8000.0) as film:
        film.add(_half(200), 1000)
        film.add(_half(100), 1500)
    assert film.frames == 2
    with av.open(str(tmp_path / name)) as opened:
        assert opened.duration / av.time_base == pytest.approx(7, abs=0.01)
    times, pictures = zip(*_read(tmp_path / name, decoder), strict=True)
    assert times == pytest.approx([0, 0.5, 7], abs=0.002)
    assert abs(pictures[2].astype(int) - pictures[1]).max() < 4


def test_a_film_without_a_picture_ends_in_order(tmp_path: Path) -> None:
    with filming(tmp_path / "a.webm", 64, 64) as film:
        pass
    assert film.frames == 0


def test_an_mp4_is_opaque(tmp_path: Path) -> None:
    with filming(tmp_path / "a.mp4", 64, 64, clock_ms=lambda: 0) as film:
        film.add(_half(200), 0)
        film.add(_half(200), 0)
    assert film.frames == len(_read(tmp_path / "a.mp4")) == 2


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("a.avi", r"\.webm or \.mp4, not \.avi"),
        ("a", "without a suffix"),
        ("no/a.webm", "There is no folder"),
        ("folder.mp4", "cannot be written"),
    ],
)
def test_what_cannot_be_a_film_is_one_sentence(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / "folder.mp4").mkdir()
    with pytest.raises(InvalidInputError, match=reason), filming(tmp_path / name, 64, 64):
        pass


@pytest.mark.parametrize("name", ["a.webm", "a.mp4"])
def test_a_full_disk_is_one_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / name).symlink_to("/dev/full")
    with pytest.raises(InvalidInputError, match="No space left"), filming(tmp_path / name, 64, 64) as film:
        film.add(_half(200), 0)


@pytest.mark.parametrize(("name", "codec"), [("a.WEBM", "vp9"), ("a.Mp4", "h264")])
def test_a_suffix_may_have_capitals(tmp_path: Path, name: str, codec: str) -> None:
    with filming(tmp_path / name, 64, 64) as film:
        film.add(_half(200), 0)
    with av.open(str(tmp_path / name)) as opened:
        assert opened.streams.video[0].codec_context.name == codec


def test_a_picture_that_comes_smaller_is_scaled_to_the_film(tmp_path: Path) -> None:
    with filming(tmp_path / "a.webm", 64, 64, clock_ms=lambda: 40) as film:
        film.add(_half(200), 0)
        film.add(_half(200)[::2, ::2], 40)
    _, second = (picture for _, picture in _read(tmp_path / "a.webm", "libvpx-vp9"))
    assert second.shape == (64, 64, 4)
    assert abs(second[8, 8].astype(int) - (200, 20, 30, 255)).max() < 12


async def test_a_session_is_recorded(server: FakeServer, tmp_path: Path) -> None:
    path = tmp_path / "out.webm"
    argv = ["record", "--session", "s1", "-o", str(path), "--size", "128", "--seconds", "1"]
    command = asyncio.create_task(asyncio.to_thread(main, [*argv, "--url", server.url]))
    await server.until(lambda: bool(server.hellos))
    for _ in range(3):
        await server.push_frame()
    assert await command == 0
    assert server.hellos[0]["video"]["background"] == "transparent"
    times = [time for time, _ in _read(path)]
    assert len(times) == 5  # the last of four stays until the end
    assert times[-1] > 0.8


@pytest.mark.parametrize("name", ["a.avi", "nowhere/a.webm"])
async def test_what_cannot_be_recorded_is_refused_before_watching(
    server: FakeServer, tmp_path: Path, name: str
) -> None:
    argv = ["record", "--session", "s1", "-o", str(tmp_path / name), "--url", server.url]
    assert await asyncio.to_thread(main, argv) == 2
    assert not server.hellos


def test_an_mp4_cannot_be_transparent(tmp_path: Path) -> None:
    argv = ["record", "--session", "s1", "-o", str(tmp_path / "a.mp4"), "--background", "transparent"]
    assert main(argv) == 2
