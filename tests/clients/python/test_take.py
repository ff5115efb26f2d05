"""A take is a film and the poses that made it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bunraku_client import Track, read_track, write_track
from bunraku_client.cli import main

av = pytest.importorskip("av")

if TYPE_CHECKING:
    from clients.python.conftest import FakeServer


async def _play(server: FakeServer, folder: Path, *flags: str) -> int:
    poses = tuple(np.full(45, number / 10, np.float32) for number in range(4))
    write_track(folder / "track.jsonl", Track(np.arange(4) * 600.0, poses))
    argv = ["play", str(folder / "track.jsonl"), "--url", server.url, "--character", "mika", *flags]
    return await asyncio.to_thread(main, argv)


async def test_a_performance_is_filmed_with_its_poses_beside(server: FakeServer, tmp_path: Path) -> None:
    film = tmp_path / "take.webm"
    assert await _play(server, tmp_path, "--film", str(film)) == 0
    with av.open(str(film)) as opened:
        assert sum(1 for _ in opened.demux(video=0)) >= 1
    kept = read_track(tmp_path / "take.jsonl")
    sent = [message["values"] for message in server.of_type("pose")]
    assert [np.asarray(pose, "<f4").tobytes() for pose in kept.values] == sent
    assert kept.times[0] == 0
    assert kept.times[-1] == pytest.approx(1800, abs=900)


async def test_what_is_not_filmed_is_not_kept(server: FakeServer, tmp_path: Path) -> None:
    assert await _play(server, tmp_path) == 0
    assert {path.name for path in await asyncio.to_thread(lambda: list(tmp_path.iterdir()))} == {
        "track.jsonl"
    }


@pytest.mark.parametrize("name", ["a.avi", "nowhere/a.webm"])
async def test_what_cannot_be_filmed_is_refused_before_the_performance(
    server: FakeServer, tmp_path: Path, name: str
) -> None:
    assert await _play(server, tmp_path, "--film", str(tmp_path / name)) == 2
    assert not server.hellos


async def test_a_performance_ends_when_its_film_cannot_go_on(
    server: FakeServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film = tmp_path / "take.webm"
    playing = asyncio.create_task(_play(server, tmp_path, "--film", str(film), "--loop"))
    await server.until(lambda: bool(server.of_type("pose")))
    await server.push({"type": "frame", "frame": 99, "key": True, "data": b"no picture"})
    assert await playing == 1
    assert capsys.readouterr().err.startswith("The frame is not a picture")
    assert read_track(tmp_path / "take.jsonl").values


@pytest.mark.parametrize("code", [1000, 4010])
async def test_a_performance_ends_with_its_session(
    server: FakeServer, tmp_path: Path, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    playing = asyncio.create_task(_play(server, tmp_path, "--loop"))
    await server.until(lambda: bool(server.of_type("pose")))
    await server.close(code)
    assert await playing == 1
    assert len(capsys.readouterr().err.splitlines()) == 1
