"""The real Python client on the real server."""

import asyncio
import json
from pathlib import Path

import aiohttp
import numpy as np
import pytest
from PIL import Image

from bunraku_client import ConnectionLost, ServerError, Video, characters, connect, watch
from bunraku_client.cli import main
from shown import picture

pytestmark = pytest.mark.asyncio(loop_scope="session")

SMALL = Video(codecs=("raw",), size=128)


async def test_characters_are_listed(address: str) -> None:
    assert [one.id for one in await characters(address)] == ["ada", "bea", "cora", "dora"]


@pytest.mark.parametrize("encoding", ["msgpack", "json"])
async def test_a_pose_moves_the_picture_and_its_latency_is_known(address: str, encoding: str) -> None:
    async with connect(address, "ada", video=SMALL, idle=False, encoding=encoding) as session:
        rest = await picture(session, await session.pose({"head_x": 0.0}))
        moved = await picture(session, await session.pose({"head_x": 1.0, "mouth_aaa": 1.0}))
        again = await picture(session, await session.pose([0.0] * 45))
    assert rest.shape == (128, 128, 4)
    assert np.abs(rest.astype(int) - moved).max() > 8
    np.testing.assert_array_equal(rest, again)


async def test_a_watcher_sees_the_performers_pixels(address: str) -> None:
    performer = connect(address, "bea", video=SMALL, idle=False)
    async with performer, watch(address, performer.id, video=SMALL) as watcher:
        seq = await performer.pose({"head_y": -0.7})
        shown, seen = await asyncio.gather(picture(performer, seq), picture(watcher, seq))
    np.testing.assert_array_equal(shown, seen)


@pytest.mark.parametrize("codec", ["h264-alpha", "h264"])
async def test_video_shows_the_pixels_of_png(address: str, codec: str) -> None:
    moving, exact = Video(codecs=(codec,), size=128), Video(codecs=("png",), size=128)
    performer = connect(address, "dora", video=moving, idle=False, decode=True, queue=30)
    async with performer, watch(address, performer.id, video=exact) as watcher:
        for turn in (0.3, 0.7, -0.5):
            seq = await performer.pose({"head_x": turn, "head_y": -turn})
            shown, wanted = await asyncio.gather(picture(performer, seq), picture(watcher, seq))
            cover = wanted[..., 3:].astype(float) / 255
            if codec == "h264":
                wanted = np.concatenate(
                    [wanted[..., :3] * cover + 255 * (1 - cover), 0 * cover + 255], axis=2
                )
                cover = np.ones_like(cover)
            assert np.abs(shown[..., 3].astype(float) - wanted[..., 3]).mean() < 1
            assert (np.abs(shown[..., :3].astype(float) - wanted[..., :3]) * cover).mean() < 3


async def test_a_cut_socket_is_resumed_with_its_pose(address: str) -> None:
    async with connect(address, "cora", video=SMALL, idle=False) as session:
        before = await picture(session, await session.pose({"head_y": 0.8}))
        name = session.id
        transport = session._connection._link._socket._response.connection.transport  # type: ignore[union-attr]
        transport.abort()  # type: ignore[union-attr]
        after = await picture(session, await session.pose({}))
        assert session.id == name
        assert session.counts.cuts == 1
    np.testing.assert_array_equal(before, after)


async def test_a_session_is_taken_over_with_its_secret(address: str) -> None:
    async with connect(address, "ada", video=SMALL, idle=False) as first:
        await picture(first, await first.pose({"head_y": 0.4}))
        again = connect(address, "ada", video=SMALL, idle=False, resume=first.welcome.resume)
        async with again as second:
            assert second.id == first.id
            with pytest.raises(ConnectionLost) as caught:
                async for _ in first.frames():
                    pass
    assert caught.value.close_code == 4010


async def test_a_refusal_is_one_error_with_its_code(address: str) -> None:
    with pytest.raises(ServerError) as caught:
        async with connect(address, "nobody"):
            pass
    assert caught.value.code == "no_character"


async def test_the_latency_is_in_the_metrics(address: str, http: aiohttp.ClientSession) -> None:
    async with connect(address, "ada", video=SMALL, idle=False) as session:
        await picture(session, await session.pose({"head_x": 0.1}))
    async with http.get(f"{address}/metrics") as response:
        rows = dict(line.rsplit(" ", 1) for line in (await response.text()).splitlines())
    assert float(rows["bunraku_pose_to_frame_seconds_count"]) >= 1
    assert float(rows["bunraku_pose_to_frame_seconds_sum"]) > 0


async def test_the_command_takes_a_picture_and_plays_a_track(
    address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shot = tmp_path / "shot.png"
    track = tmp_path / "track.jsonl"
    # Far apart: a pose whose moment has passed, as it may on a busy machine, is left out.
    lines = [{"time": 400.0 * n, "values": {"head_x": n / 10}} for n in range(10)]
    track.write_text("\n".join(map(json.dumps, lines)))

    async def command(*arguments: str) -> int:
        return await asyncio.to_thread(main, [*arguments, "--url", address, "--size", "128"])

    assert await command("shot", "-o", str(shot), "--character", "ada", "--pose", '{"head_x": 0.5}') == 0
    with Image.open(shot) as taken:
        assert (taken.size, taken.mode) == ((128, 128), "RGBA")
    assert await command("play", str(track), "--character", "bea", "--codec", "raw") == 0
    assert "10 poses sent" in capsys.readouterr().out


async def test_twenty_sessions_over_several_characters_are_all_served(
    address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--size", "128", "--fps", "5", "--seconds", "6", "--codec", "raw", "--json"]
    assert await asyncio.to_thread(main, ["load", "20", "--url", address, *options]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["opened"], report["worked"]) == (20, 20)
    assert (report["refused"], report["lost"]) == ({}, {})
    assert report["latency_p50_ms"] > 0
    # No session is starved: the one with the fewest frames has at least a third of the mean.
    assert report["fps_min"] > report["fps_mean"] / 3
