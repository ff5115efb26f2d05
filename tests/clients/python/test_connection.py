"""Cuts, and how they are mended."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from aiohttp.test_utils import TestServer

from bunraku_client import ConnectionLost, Reconnect, ServerError, Session, Video, connect, watch

if TYPE_CHECKING:
    from clients.python.conftest import FakeServer

QUICK = Reconnect(attempts=5, first_seconds=0.02, most_seconds=0.05)
ABSENT = {"code": "no_session", "message": "That session is over."}


async def _drain(session: Session) -> None:
    async with asyncio.timeout(5):
        async for _ in session.frames():
            pass


async def test_a_cut_socket_is_resumed_with_the_secret(server: FakeServer) -> None:
    server.cut_at_seq = {2}
    async with connect(server.url, "mika", reconnect=QUICK) as session:
        for _ in range(2):
            await session.pose({"p0": 0.5})
        await server.until(lambda: len(server.hellos) == 2)
        await server.until(lambda: session.counts.cuts == 1)
        assert await session.pose({"p0": 0.7}) == 3
        await server.until(lambda: server.of_type("pose")[-1]["seq"] == 3)
        assert session.welcome.resume == "secret-2"
    assert "resume" not in server.hellos[0]
    assert server.hellos[1]["resume"] == "secret-1"
    assert server.hellos[1]["character"] == "mika"


async def test_sending_waits_while_the_connection_is_away(server: FakeServer) -> None:
    slow = Reconnect(attempts=3, first_seconds=0.8, most_seconds=0.8)
    async with connect(server.url, "mika", reconnect=slow) as session:
        server.cut()
        await asyncio.sleep(0.05)
        began = asyncio.get_running_loop().time()
        await asyncio.wait_for(session.pose({"p1": 1.0}), 5)
        assert asyncio.get_running_loop().time() - began > 0.05
        await server.until(lambda: len(server.of_type("pose")) == 1)
    assert len(server.hellos) == 2


async def test_changed_settings_hold_after_a_resume(server: FakeServer) -> None:
    async with connect(server.url, "mika", reconnect=QUICK) as session:
        await session.set(video=Video(codecs=("png",), size=128), idle=False)
        await server.until(lambda: len(server.of_type("set")) == 1)
        server.cut()
        await server.until(lambda: len(server.hellos) == 2)
    assert server.hellos[1]["video"]["codecs"] == ["png"]
    assert server.hellos[1]["idle"] is False


async def test_what_stood_before_a_cut_is_said_again_before_anything_else(server: FakeServer) -> None:
    async with connect(server.url, "mika", reconnect=QUICK) as session:
        await session.set(tracking={"mirror": True})
        await session.pose([0.5] * 45)
        await session.pose({"p0": 0.7})
        await server.until(lambda: len(server.of_type("pose")) == 2)
        before = len(server.received)
        server.cut()
        await server.until(lambda: session.counts.cuts == 1)
        assert await session.pose({"p1": 0.9}) == 3
        await server.until(lambda: server.of_type("pose")[-1]["seq"] == 3)
    said = [message for message in server.received[before:] if message["type"] in ("hello", "set", "pose")]
    assert [message["type"] for message in said] == ["hello", "set", "pose", "pose", "pose"]
    assert said[1]["tracking"] == {"mirror": True}
    assert [(pose["seq"], pose["values"]) for pose in said[2:]] == [
        (1, [0.5] * 45),
        (2, {"p0": 0.7}),
        (3, {"p1": 0.9}),
    ]


async def test_a_watcher_comes_back_by_the_sessions_id(server: FakeServer) -> None:
    async with watch(server.url, "s7", reconnect=QUICK):
        server.cut()
        await server.until(lambda: len(server.hellos) == 2)
    assert server.hellos[1]["session"] == "s7"
    assert "resume" not in server.hellos[1]


async def test_frames_go_on_after_a_cut_and_their_numbers_begin_anew(server: FakeServer) -> None:
    async with connect(server.url, "mika", reconnect=QUICK) as session:
        frames = session.frames()
        assert (await anext(frames)).number == 1
        server.cut()
        async with asyncio.timeout(5):
            assert (await anext(frames)).number == 1
        assert session.counts.missed == 0


async def test_without_reconnect_a_cut_ends_the_session(server: FakeServer) -> None:
    async with connect(server.url, "mika", reconnect=None) as session:
        server.cut()
        with pytest.raises(ConnectionLost) as caught:
            await _drain(session)
        assert caught.value.close_code == 1006
        with pytest.raises(ConnectionLost):
            await session.pose({})
    assert len(server.hellos) == 1


async def test_a_full_server_is_asked_again_after_the_time_it_names(server: FakeServer) -> None:
    async with connect(server.url, "mika", reconnect=QUICK) as session:
        server.refusals = [({"code": "full", "message": "Full.", "retry_after": 0.3}, 4013)]
        server.cut()
        await server.until(lambda: len(server.hellos) == 2)
        refused_at = asyncio.get_running_loop().time()
        await server.until(lambda: len(server.hellos) == 3)
        assert asyncio.get_running_loop().time() - refused_at >= 0.28
        await server.until(lambda: session.counts.cuts == 1)


async def test_a_session_that_is_gone_ends_with_the_servers_reason(server: FakeServer) -> None:
    async with connect(server.url, "mika", reconnect=QUICK) as session:
        server.refusals = [(ABSENT, 4004)]
        server.cut()
        with pytest.raises(ServerError) as caught:
            await _drain(session)
    assert caught.value.code == "no_session"
    assert len(server.hellos) == 2


async def test_a_watcher_waits_for_a_performer_who_has_yet_to_come_back(server: FakeServer) -> None:
    async with watch(server.url, "s7", reconnect=QUICK) as session:
        starting = {"code": "not_ready", "message": "The server is starting.", "retry_after": 0.01}
        server.refusals = [(starting, 1001)] * 4 + [(ABSENT, 4004)] * 5
        server.cut()
        await server.until(lambda: session.counts.cuts == 1)
    assert len(server.hellos) == 11


async def test_a_watcher_does_not_wait_for_ever(server: FakeServer) -> None:
    async with watch(server.url, "s7", reconnect=QUICK) as session:
        server.refusals = [(ABSENT, 4004)] * 9
        server.cut()
        with pytest.raises(ServerError, match="That session is over"):
            await _drain(session)
    assert len(server.hellos) == 7


async def test_a_session_that_was_never_seen_is_not_waited_for(server: FakeServer) -> None:
    server.refusals = [(ABSENT, 4004)]
    with pytest.raises(ServerError, match="That session is over"):
        async with watch(server.url, "s7", reconnect=QUICK):
            pass
    assert len(server.hellos) == 1


async def test_a_session_taken_over_by_another_is_not_fought_for(server: FakeServer) -> None:
    async with connect(server.url, "mika", reconnect=QUICK) as session:
        await server.push({"type": "bye", "reason": "replaced by a resume", "reconnect": False})
        await server.close(4010)
        with pytest.raises(ConnectionLost, match=r"replaced by a resume \(4010\)"):
            await _drain(session)
    assert len(server.hellos) == 1


async def test_the_end_of_a_watched_session_is_no_error(server: FakeServer) -> None:
    async with watch(server.url, "s1", reconnect=QUICK) as session:
        await server.push({"type": "bye", "reason": "the performer left", "reconnect": False})
        await server.close(1000)
        await _drain(session)
    assert len(server.hellos) == 1


async def test_a_moved_session_is_followed_after_the_time_named(server: FakeServer) -> None:
    other = type(server)()
    async with TestServer(other.app()) as running, connect(server.url, "mika", reconnect=QUICK) as session:
        url = f"ws://127.0.0.1:{running.port}/v1/stream"
        await server.push({"type": "bye", "reason": "moved", "reconnect": True, "after": 0.1, "url": url})
        left_at = asyncio.get_running_loop().time()
        await server.close(1001)
        await other.until(lambda: len(other.hellos) == 1)
        assert asyncio.get_running_loop().time() - left_at >= 0.09
        await other.until(lambda: session.counts.cuts == 1)
        await session.pose({})
        await other.until(lambda: len(other.of_type("pose")) == 1)
    assert other.hellos[0]["resume"] == "secret-1"


async def test_who_is_sent_on_at_the_door_goes_there(server: FakeServer) -> None:
    relay = type(server)()
    async with TestServer(relay.app()) as running:
        server.sends_on_to = f"ws://127.0.0.1:{running.port}/v1/stream"
        async with watch(server.url, "s7", reconnect=None):
            assert [hello["session"] for hello in relay.hellos] == ["s7"]
    assert len(server.hellos) == 1


async def test_servers_that_send_us_in_circles_are_left(server: FakeServer) -> None:
    server.sends_on_to = server.url
    with pytest.raises(ConnectionLost, match=r"moved \(1000\)"):
        async with watch(server.url, "s7", reconnect=QUICK):
            pass
    assert len(server.hellos) == 4


async def test_where_the_other_place_is_gone_the_first_is_tried_again(server: FakeServer) -> None:
    relay = type(server)()
    async with TestServer(relay.app()) as running:
        server.sends_on_to = f"ws://127.0.0.1:{running.port}/v1/stream"
        async with watch(server.url, "s7", reconnect=QUICK) as session:
            server.sends_on_to = None
            relay.refusals = [({"code": "not_ready", "message": "The relay is about to stop."}, 1001)]
            relay.cut()
            await server.until(lambda: len(server.hellos) == 2)
            await server.until(lambda: session.counts.cuts == 1)


async def test_a_server_that_falls_silent_for_two_heartbeats_is_left(server: FakeServer) -> None:
    server.heartbeat_seconds = 0.1
    async with connect(server.url, "mika", reconnect=Reconnect(attempts=0)) as session:
        server.mute = True
        with pytest.raises(ConnectionLost, match=r"silent for 0\.2 seconds"):
            await _drain(session)
