"""One session against a server that does as it is told."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bunraku_client import BunrakuError, Frame, InvalidInputError, Session, Video, WireError, connect, watch

if TYPE_CHECKING:
    from clients.python.conftest import FakeServer


async def _next(session: Session) -> Frame:
    async with asyncio.timeout(5):
        return await anext(session.frames())


async def test_hello_tells_who_performs_what_and_how(server: FakeServer) -> None:
    video = Video(codecs=("png",), size=128)
    async with connect(server.url, "mika", token="t", video=video, idle=False) as session:
        assert session.id == "s1"
        assert session.stream.codec == "png"
        assert session.welcome.parameters.names[44] == "p44"
    assert server.hellos[0] == {
        "type": "hello",
        "role": "perform",
        "character": "mika",
        "token": "t",
        "idle": False,
        "video": {
            "codecs": ["png"],
            "max_fps": 30,
            "size": 128,
            "crop": [0, 0, 512, 512],
            "background": "transparent",
            "quality": 0.7,
            "fit": False,
        },
    }


@pytest.mark.parametrize("encoding", ["msgpack", "json"])
async def test_a_pose_comes_back_as_a_frame_with_its_latency(server: FakeServer, encoding: str) -> None:
    async with connect(server.url, "mika", encoding=encoding, video=Video(("png",), size=128)) as session:
        first = await _next(session)
        assert (first.seq, first.latency_ms) == (None, None)
        seq = await session.pose({"p3": 0.5})
        frame = await _next(session)
    assert frame.seq == seq == 1
    assert frame.latency_ms is not None and 0 < frame.latency_ms < 5000
    assert frame.stages == {"queue": 1.0, "render": 2.0, "encode": 3.5}
    assert frame.pixels().shape == (128, 128, 4)
    assert frame.pixels()[0, 0].tolist() == [frame.number, 20, 30, 255]


async def test_an_array_goes_as_bytes_over_msgpack_and_as_numbers_over_json(server: FakeServer) -> None:
    pose = np.linspace(-1, 1, 45, dtype=np.float32)
    for encoding in ("msgpack", "json"):
        async with connect(server.url, "mika", encoding=encoding) as session:
            await session.pose(pose)
            await session.pose([0.5] * 45)
            await server.until(lambda: len(server.of_type("pose")) % 2 == 0)
    over_msgpack, numbers, over_json, _ = [message["values"] for message in server.of_type("pose")]
    assert over_msgpack == pose.astype("<f4").tobytes()
    assert numbers == [0.5] * 45
    assert over_json == pose.tolist()


async def test_seq_counts_up_and_time_is_a_monotonic_clock(server: FakeServer) -> None:
    async with connect(server.url, "mika") as session:
        for _ in range(3):
            await session.pose({})
        await server.until(lambda: len(server.of_type("pose")) == 3)
    poses = server.of_type("pose")
    assert [pose["seq"] for pose in poses] == [1, 2, 3]
    assert poses[0]["time"] < poses[1]["time"] < poses[2]["time"]


async def test_only_the_first_frame_of_a_pose_has_a_latency(server: FakeServer) -> None:
    async with connect(server.url, "mika") as session:
        await _next(session)
        await session.pose({})
        assert (await _next(session)).latency_ms is not None
        await server.push_frame(seq=1, time=0.0)
        assert (await _next(session)).latency_ms is None
        await server.push_frame(seq=500, time=0.0)
        assert (await _next(session)).latency_ms is None


async def test_a_bad_pose_is_refused_before_it_is_sent(server: FakeServer) -> None:
    async with connect(server.url, "mika") as session:
        with pytest.raises(InvalidInputError):
            await session.pose([float("nan")] * 45)
    assert server.of_type("pose") == []


async def test_every_frame_taken_is_acknowledged(server: FakeServer) -> None:
    async with connect(server.url, "mika") as session:
        await _next(session)
        await server.push_frame()
        await _next(session)
        await server.until(lambda: len(server.of_type("ack")) == 2)
    assert [ack["frame"] for ack in server.of_type("ack")] == [1, 2]


async def test_a_slow_consumer_gets_the_newest_frames(server: FakeServer) -> None:
    async with connect(server.url, "mika", queue=2) as session:
        for _ in range(9):
            await server.push_frame()
        await server.until(lambda: session.counts.frames == 10)
        assert [(await _next(session)).number for _ in range(2)] == [9, 10]
        assert session.skipped == 8


async def test_a_slow_consumer_of_video_goes_on_at_a_keyframe(server: FakeServer) -> None:
    async with connect(server.url, "mika", queue=2, video=Video(codecs=("h264",))) as session:
        for _ in range(3):
            await server.push_frame(key=False)
        await server.until(lambda: len(server.of_type("keyframe")) == 1)
        frame = await _next(session)
    assert frame.key
    assert frame.number == 5


async def test_frames_that_the_server_left_out_are_counted(server: FakeServer) -> None:
    async with connect(server.url, "mika") as session:
        await server.push_frame(skip=4)
        await server.until(lambda: session.counts.frames == 2)
        assert session.counts.missed == 4


async def test_a_watcher_has_no_secret_and_no_latency(server: FakeServer) -> None:
    async with watch(server.url, "s7", token="t") as session:
        assert session.id == "s7"
        assert session.welcome.resume is None
        await server.push_frame(seq=1, time=5.0)
        frame = await _next(session)
        assert frame.latency_ms is None
    assert server.hellos[0]["role"] == "watch"
    assert "character" not in server.hellos[0] and "idle" not in server.hellos[0]


async def test_every_other_message_goes_out_in_its_shape(server: FakeServer) -> None:
    async with connect(server.url, "mika") as session:
        await session.blendshapes({"jawOpen": 0.5}, head=(1.0, 2.0, 3.0))
        await session.image(b"jpeg", "jpeg")
        await session.calibrate()
        await session.set(idle=False, tracking={"mirror": True})
        await session.keyframe()
        await server.until(lambda: len(server.of_type("keyframe")) == 1)
    sent = [{**message, "time": 0} for message in server.received if message["type"] not in ("hello", "bye")]
    assert sent == [
        {"type": "blendshapes", "seq": 1, "time": 0, "values": {"jawOpen": 0.5}, "head": [1.0, 2.0, 3.0]},
        {"type": "image", "seq": 2, "time": 0, "format": "jpeg", "data": b"jpeg"},
        {"type": "calibrate", "time": 0},
        {"type": "set", "time": 0, "idle": False, "tracking": {"mirror": True}},
        {"type": "keyframe", "time": 0},
    ]


async def test_config_changes_the_stream_of_the_frames_after_it(server: FakeServer) -> None:
    async with connect(server.url, "mika", video=Video(("raw",), size=128)) as session:
        await _next(session)
        await server.push({"type": "config", "video": {"codec": "png", "width": 9, "height": 8, "fps": 30}})
        await server.push_frame()
        frame = await _next(session)
    assert (frame.stream.codec, frame.stream.width, frame.stream.height) == ("png", 9, 8)


async def test_stats_tracking_and_errors_are_at_hand(server: FakeServer) -> None:
    async with connect(server.url, "mika") as session:
        await server.push({"type": "stats", "fps": 24.0})
        await server.push({"type": "tracking", "seq": 1, "face": False})
        await server.push({"type": "novelty", "of": "a later version"})
        await server.push({"type": "error", "code": "bad_pose", "message": "Too few.", "fatal": False})
        await server.until(lambda: session.last_error is not None)
        assert session.stats["fps"] == 24.0
        assert session.tracking["face"] is False
        assert session.last_error is not None and session.last_error.code == "bad_pose"


async def test_a_ping_goes_out_with_each_heartbeat_and_times_the_way(server: FakeServer) -> None:
    server.heartbeat_seconds = 0.05
    async with connect(server.url, "mika") as session:
        await server.until(lambda: session.round_trip_ms is not None)
        assert session.round_trip_ms is not None and 0 < session.round_trip_ms < 5000


async def test_leaving_says_bye(server: FakeServer) -> None:
    async with connect(server.url, "mika"):
        pass
    await asyncio.wait_for(server.closed.wait(), 5)
    assert server.received[-1] == {"type": "bye"}


async def test_frames_end_after_bye(server: FakeServer) -> None:
    async with connect(server.url, "mika") as session:
        await session.bye()
        async with asyncio.timeout(5):
            assert [frame.number async for frame in session.frames()] == [1]
        with pytest.raises(BunrakuError):
            await session.pose({})


async def test_a_message_that_is_none_ends_the_session_with_a_wire_error(server: FakeServer) -> None:
    async with connect(server.url, "mika") as session:
        await server.push({"type": "frame", "frame": "one", "data": b""})
        with pytest.raises(WireError, match="frame has no usable field 'frame'"):
            async with asyncio.timeout(5):
                [frame async for frame in session.frames()]
        with pytest.raises(WireError):
            await session.pose({})
