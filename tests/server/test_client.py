import asyncio
import time
from dataclasses import replace
from typing import Any

import pytest

from models.view import View
from server import client as module
from server.client import Client
from server.fan import Fan
from server.metrics import Metrics
from server.outbox import MAX_NOTES, Frame, Stamps
from server.protocol import ProtocolError
from server.session_table import SessionTable
from server.streams import StreamKey
from server.wire import JsonEncoding

FRAME = Frame(b"picture", True, "webp", Stamps(0.0, 0.001, 0.002, 0.003), {"seq": 4})


class Wire:
    """A socket that keeps what is sent; `stuck` makes it wait as a full one does."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.stuck = False
        self.gone = False
        self._moved = asyncio.Event()

    def put(self, data: str | bytes) -> bool:
        if self.gone:
            raise ConnectionResetError
        self.sent.append(JsonEncoding().decode(data))
        return not self.stuck

    async def drained(self) -> None:
        await self._moved.wait()
        self._moved.clear()
        if self.gone:
            raise ConnectionResetError

    def drain(self) -> None:
        self._moved.set()

    def abort(self) -> None:
        self.gone = True
        self._moved.set()


def connected(queue_bytes: int = 1 << 20) -> tuple[Client, Wire]:
    wire = Wire()
    return Client(wire, JsonEncoding(), Metrics(), queue_bytes, Fan()), wire


async def test_messages_and_frames_go_out_and_are_counted() -> None:
    client, wire = connected()
    client.tell({"type": "welcome"})
    client.offer(FRAME)
    client.finish(1000, "done", {"type": "bye"})
    await client.send_all()
    assert [message["type"] for message in wire.sent] == ["welcome", "bye", "frame"]
    frame = wire.sent[2]
    assert (frame["frame"], frame["key"], frame["seq"], frame["data"]) == (1, True, 4, b"picture")
    assert frame["stages"] == pytest.approx({"queue": 1, "render": 1, "encode": 1})
    assert client.end == (1000, "done")
    assert client.tally.newest == 1


async def test_nothing_is_queued_after_the_end() -> None:
    client, wire = connected()
    client.finish(1000, "done")
    client.tell({"type": "stats"})
    client.offer(FRAME)
    client.finish(4000, "again")
    await client.send_all()
    assert wire.sent == []
    assert client.end == (1000, "done")


async def test_a_mistake_is_told_and_a_fatal_one_ends() -> None:
    client, wire = connected()
    client.fail(ProtocolError("bad_pose", "No."))
    assert client.end is None
    client.fail(ProtocolError("full", "Later.", close=4013, retry_after=5.0))
    await client.send_all()
    assert [message["fatal"] for message in wire.sent] == [False, True]
    assert client.end == (4013, "Later.")


async def test_frames_of_an_old_stream_are_not_sent_after_its_config() -> None:
    client, wire = connected()
    client.offer(FRAME)
    client.restream({"type": "config"})
    client.finish(1000, "done")
    await client.send_all()
    assert [message["type"] for message in wire.sent] == ["config"]


async def test_a_client_that_falls_behind_asks_for_a_keyframe_and_goes_on_with_it() -> None:
    client, wire = connected(queue_bytes=100)
    session = SessionTable(30.0).open("ada", 0.0, idle=False)
    client.stream = session.attach(client, StreamKey(View(128), None, "h264", 0.7, 30.0), 0.0)
    stream, delta = client.stream, replace(FRAME, key=False, data=bytes(60))
    stream.begin(0.0)
    stream.encoded(stream.main, FRAME)
    for moment in (10.0, 20.0):
        stream.begin(moment)
        stream.encoded(stream.main, delta)
    assert stream.begin(30.0).parts[0].key
    stream.encoded(stream.main, replace(FRAME, data=b"now"))
    client.finish(1000, "done")
    await client.send_all()
    assert [(one["frame"], one["data"]) for one in wire.sent] == [(4, b"now")]
    assert client.tally.dropped == 3


async def test_a_socket_that_never_drains_is_cut_when_the_client_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_FLUSH_SECONDS", 0.05)
    client, wire = connected()
    wire.stuck = True
    client.offer(FRAME)
    sending = asyncio.create_task(client.send_all())
    await asyncio.sleep(0)
    client.finish(1001, "draining")
    async with asyncio.timeout(2):
        await sending


async def test_a_client_that_lets_messages_pile_up_is_ended() -> None:
    client, _ = connected()
    for _ in range(MAX_NOTES + 1):
        client.tell({"type": "pong"})
    assert client.end == (4008, "Messages are not being read.")


async def test_a_frame_that_the_socket_does_not_take_lowers_the_rung() -> None:
    client, wire = connected()
    wire.stuck = True
    client.offer(FRAME)
    offered = time.monotonic()
    sending = asyncio.create_task(client.send_all())
    await asyncio.sleep(0)
    assert client.judge(offered + 0.2) == 1
    client.cut()
    await sending


async def test_frames_left_out_are_judged_once() -> None:
    client, wire = connected()
    wire.stuck = True
    sending = asyncio.create_task(client.send_all())
    for _ in range(3):  # one is being written, and the next gives way to the last
        client.offer(FRAME)
        await asyncio.sleep(0)
    assert client.tally.dropped == 1
    now = time.monotonic()
    assert client.judge(now) == 1
    wire.stuck = False
    wire.drain()
    await asyncio.sleep(0.01)
    client.acknowledged(3)
    assert client.judge(now + 1.0) == 0
    client.finish(1000, "done")
    await sending


async def test_frames_that_wait_for_their_turn_are_no_fault_of_the_client() -> None:
    client, wire = connected()
    client.role = "watch"
    client.offer(FRAME)
    client.offer(FRAME)
    assert client.tally.dropped == 1
    assert client.judge(time.monotonic() + 1.0) == 0
    await asyncio.sleep(0)
    assert len(wire.sent) == 1


async def test_a_full_socket_is_waited_for_and_then_written_to_in_order() -> None:
    client, wire = connected()
    wire.stuck = True
    sending = asyncio.create_task(client.send_all())
    for number in range(3):
        client.tell({"type": "pong", "time": number})
        await asyncio.sleep(0.01)
    assert [one["time"] for one in wire.sent] == [0]
    wire.stuck = False
    wire.drain()
    await asyncio.sleep(0.01)
    assert [one["time"] for one in wire.sent] == [0, 1, 2]
    client.finish(1000, "done")
    await sending


async def test_a_performer_is_written_to_at_once_and_a_watcher_in_its_turn() -> None:
    performer, near = connected()
    watcher, far = connected()
    performer.role, watcher.role = "perform", "watch"
    for client in (watcher, performer):
        client.offer(FRAME)
    assert (len(near.sent), len(far.sent)) == (1, 0)
    await asyncio.sleep(0)
    assert len(far.sent) == 1


async def test_a_socket_that_is_gone_ends_the_sending() -> None:
    client, wire = connected()
    sending = asyncio.create_task(client.send_all())
    await asyncio.sleep(0.01)
    wire.abort()
    client.offer(FRAME)
    async with asyncio.timeout(2):
        await sending


async def test_frames_held_back_follow_when_the_client_acknowledges() -> None:
    client, wire = connected()
    client.role = "perform"
    client.offer(FRAME)
    client.acknowledged(1)
    client.offer(FRAME)
    await asyncio.sleep(0.3)  # the acknowledgement is overdue
    client.offer(FRAME)
    assert [one["frame"] for one in wire.sent] == [1, 2]
    client.acknowledged(2)
    assert [one["frame"] for one in wire.sent] == [1, 2, 3]


async def test_a_frame_is_sent_when_its_write_begins_however_late_the_writer_runs_on() -> None:
    metrics = Metrics()
    wire = Wire()
    client = Client(wire, JsonEncoding(), metrics, 1 << 20, Fan())
    client.role = "perform"
    put = wire.put

    def slowly(data: str | bytes) -> bool:
        done = put(data)
        time.sleep(0.05)
        return done

    wire.put = slowly  # type: ignore[method-assign]
    client.offer(FRAME)
    assert [message["type"] for message in wire.sent] == ["frame"]
    waited = metrics.registry.get_sample_value("bunraku_stage_seconds_sum", {"stage": "send"})
    assert waited is not None and waited < 0.04
