import asyncio
import re
import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from weakref import WeakSet

import av
import numpy as np
import pytest
import torch

from house import HEAD_X, FlatEngine, OpenHouse
from models.cast import Cast
from models.pose import DEFAULT, NAMES
from models.sample import sample_character
from models.view import View
from server import codecs, lines, sessions
from server.codecs import Codec
from server.copies import Copies, HostCopies, Wait
from server.device import Device
from server.encoders import Encoded, Pixels
from server.load import CostModel
from server.metrics import Metrics
from server.outbox import Frame
from server.protocol import VideoSettings
from server.renderer import Renderer
from server.session_table import SessionTable
from server.sessions import Input, Session
from server.streams import StreamKey
from server.video import VideoEncoder

VIDEO = {"size": 128, "codecs": ["h264-alpha", "raw"]}


def kinds(frame: dict[str, Any]) -> list[int]:
    """The types of the units of an access unit (H.264 table 7-1), Annex B."""
    return [frame["data"][start.end()] & 31 for start in re.finditer(b"\0\0\1", frame["data"])]


class Seat:
    video = VideoSettings()

    def __init__(self) -> None:
        self.frames: asyncio.Queue[Frame] = asyncio.Queue()

    def offer(self, frame: Frame) -> None:
        self.frames.put_nowait(frame)

    def restream(self, message: Mapping[str, Any]) -> None:
        raise AssertionError("no stream changes here")

    def finish(self, code: int, reason: str, *messages: Mapping[str, Any]) -> None:
        raise AssertionError("nobody ends here")

    async def frame(self) -> Frame:
        async with asyncio.timeout(5):
            return await self.frames.get()


class Stage:
    """A running renderer with one session."""

    def __init__(self, renderer: Renderer, session: Session) -> None:
        self.renderer = renderer
        self.session = session

    def seat(self, **key: Any) -> Seat:
        seat = Seat()
        fields = {"view": View(128), "background": None, "codec": "raw", "quality": 0.7, "fps": 60.0, **key}
        now = asyncio.get_running_loop().time()
        self.renderer.attached(self.session.attach(seat, StreamKey(**fields), now))
        return seat

    def pose(self, seq: int, head_x: float) -> None:
        pose = DEFAULT.copy()
        pose[HEAD_X] = head_x
        self.session.take(pose, Input(seq, None, asyncio.get_running_loop().time()))
        self.renderer.wake()


@asynccontextmanager
async def staged(engine: FlatEngine, copies: Copies | None = None) -> AsyncIterator[Stage]:
    table = SessionTable(30.0)
    device = Device(Cast(engine), copies)
    await device.load(sample_character("ada"))
    renderer = Renderer(table, device, CostModel(), Metrics(), max_batch=8, batch_seconds=1.0)
    running = asyncio.create_task(renderer.run())
    try:
        yield Stage(renderer, table.open("ada", asyncio.get_running_loop().time(), idle=False))
    finally:
        await renderer.stop()
        await running
        device.close()


@pytest.fixture
def odd_codec(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Pixels], bytes]], None]:
    """Registers a codec named odd that encodes by the function given."""

    def register(encode: Callable[[Pixels], bytes]) -> None:
        class Odd:
            def encode(self, pixels: Pixels, *, key: bool) -> Encoded:
                return Encoded(encode(pixels), key)

        monkeypatch.setitem(codecs.CODECS, "odd", Codec("rgba", True, "odd", lambda _: Odd()))

    return register


class Held(HostCopies):
    """Pictures come when they are let, or not at all."""

    aside = True

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.lost = False

    def begin(self, pictures: Sequence[torch.Tensor]) -> Wait:
        def wait() -> list[Pixels]:
            assert self.gate.wait(5)
            if self.lost:
                raise RuntimeError("The device is gone.")
            return [picture.numpy() for picture in pictures]

        return wait


async def drawn(engine: FlatEngine, batches: int) -> None:
    """Return when the engine has drawn so many."""
    for _ in range(500):
        if len(engine.batches) >= batches:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("The engine draws nothing more.")


async def test_another_picture_is_drawn_while_one_is_on_its_way_from_the_device(engine: FlatEngine) -> None:
    copies = Held()
    async with staged(engine, copies) as stage:
        small = stage.seat()
        await drawn(engine, 1)
        large = stage.seat(view=View(256))
        await drawn(engine, 2)
        assert small.frames.empty()
        copies.gate.set()
        assert len((await small.frame()).data) < len((await large.frame()).data)


async def test_a_picture_that_is_lost_on_its_way_is_drawn_again(
    engine: FlatEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.renderer._PAUSE_AFTER_FAILURE", 0.05)
    copies = Held()
    copies.lost = True
    copies.gate.set()
    async with staged(engine, copies) as stage:
        seat = stage.seat()
        await drawn(engine, 2)
        assert seat.frames.empty()
        copies.lost = False
        assert (await seat.frame()).key


async def test_each_stage_is_stamped_in_order(engine: FlatEngine) -> None:
    async with staged(engine) as stage:
        seat = stage.seat()
        stage.pose(1, 0.5)
        stamps = (await seat.frame()).stamps
        assert stamps.wanted <= stamps.begun <= stamps.drawn <= stamps.encoded


async def test_a_stamp_tells_what_was_waiting_for_the_device_and_what_was_the_servers_own(
    engine: FlatEngine,
) -> None:
    async with staged(engine) as stage:
        seat = stage.seat()
        await seat.frame()
        engine.gate.clear()
        stage.pose(1, 0.5)
        await asyncio.sleep(0.05)
        stage.pose(2, -0.5)
        await asyncio.sleep(0.1)
        engine.gate.set()
        first, second = (await seat.frame()).stamps, (await seat.frame()).stamps
    assert first.drawn - first.begun > 0.1
    assert first.busy == 0.0
    assert 0.0 < first.handed < 0.1
    assert 0.09 < second.busy <= second.begun - second.wanted


async def test_frames_leave_in_order_even_where_one_takes_longer_to_encode(
    engine: FlatEngine, odd_codec: Callable[..., None]
) -> None:
    import time

    def slow_when_red(pixels: Pixels) -> bytes:
        time.sleep(0.2 if pixels[0, 0, 0] > 200 else 0.0)
        return bytes(pixels[0, 0, :1])

    odd_codec(slow_when_red)
    async with staged(engine) as stage:
        seat = stage.seat(codec="odd")
        await seat.frame()
        stage.pose(1, 1.0)
        await asyncio.sleep(0.05)
        stage.pose(2, -1.0)
        assert [(await seat.frame()).input["seq"] for _ in range(2)] == [1, 2]


async def test_an_encoder_that_fails_once_does_not_end_the_stream(
    engine: FlatEngine, odd_codec: Callable[..., None]
) -> None:
    failures = iter([True])

    def fails_once(pixels: Pixels) -> bytes:
        if next(failures, False):
            raise RuntimeError("no bits left")
        return b"bits"

    odd_codec(fails_once)
    async with staged(engine) as stage:
        frame = await stage.seat(codec="odd").frame()
        assert (frame.data, frame.key) == (b"bits", True)


async def test_an_encoder_that_failed_is_replaced(
    engine: FlatEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[object] = []

    class Fragile:
        def __init__(self, quality: float) -> None:
            built.append(self)

        def encode(self, pixels: Pixels, *, key: bool) -> Encoded:
            if self is built[0]:
                raise RuntimeError("broken for good")
            return Encoded(b"bits", True)

    monkeypatch.setitem(codecs.CODECS, "fragile", Codec("rgba", True, "fragile", Fragile))
    async with staged(engine) as stage:
        assert (await stage.seat(codec="fragile").frame()).data == b"bits"
    assert len(built) == 2


async def test_an_encoder_ends_with_its_stream(engine: FlatEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    alive: WeakSet[VideoEncoder] = WeakSet()

    def build(quality: float) -> VideoEncoder:
        encoder = VideoEncoder(quality)
        alive.add(encoder)
        return encoder

    monkeypatch.setitem(codecs.CODECS, "h264", replace(codecs.CODECS["h264"], build=build))
    async with staged(engine) as stage:
        seat = stage.seat(codec="h264")
        assert (await seat.frame()).key
        assert len(alive) == 1
        stage.session.detach(seat)
        await asyncio.sleep(0.05)
        assert len(alive) == 0


async def test_video_and_a_still_of_one_view_share_a_picture(engine: FlatEngine) -> None:
    async with staged(engine) as stage:
        still, video = stage.seat(codec="raw"), stage.seat(codec="h264-alpha")
        await asyncio.gather(still.frame(), video.frame())
        drawn = len(engine.batches)
        stage.pose(1, 0.5)
        shown = await asyncio.gather(still.frame(), video.frame())
        assert [frame.input for frame in shown] == [{"seq": 1}] * 2
        assert not shown[1].key
        assert len(engine.batches) <= drawn + 2


async def test_stopping_waits_for_what_was_begun(engine: FlatEngine) -> None:
    async with staged(engine) as stage:
        seat = stage.seat()
        await seat.frame()
        engine.gate.clear()
        stage.pose(7, 0.5)
        await asyncio.sleep(0.05)
        asyncio.get_running_loop().call_later(0.2, engine.gate.set)
    assert (await seat.frame()).input == {"seq": 7}


async def test_watchers_with_equal_settings_share_one_encode(house: OpenHouse) -> None:
    async with house() as home:
        performer = await home.peer()
        session = (await performer.perform())["session"]
        watchers = [await home.peer() for _ in range(5)]
        for watcher in watchers:
            await watcher.watch(session)
            await watcher.hear("frame")
        before = await home.metric('bunraku_stage_seconds_count{stage="encode"}')
        await performer.say("pose", seq=1, values={"head_x": 0.5})
        await asyncio.gather(*(watcher.hear("frame") for watcher in watchers))
        assert await home.metric('bunraku_stage_seconds_count{stage="encode"}') == before + 1


async def test_one_picture_serves_streams_that_differ_in_background_only(
    house: OpenHouse, engine: FlatEngine
) -> None:
    async with house() as home:
        performer, watcher = await home.peer(), await home.peer()
        session = (await performer.perform())["session"]
        welcome = await watcher.watch(session, video={"size": 128, "codecs": ["jpeg"]})
        assert (welcome["video"]["alpha"], welcome["video"]["background"]) == (False, "#ffffff")
        await watcher.hear("frame")
        await performer.say("pose", seq=1, values={"head_x": 0.5})
        while (await watcher.hear("frame")).get("seq") != 1:
            pass
        shown = [request for batch in engine.batches for request in batch if request.pose[HEAD_X] == 0.5]
        assert len(shown) == 1


async def test_a_keyframe_is_sent_on_request(house: OpenHouse) -> None:
    async with house() as home:
        peer = await home.peer()
        await peer.perform()
        await peer.hear("frame")
        await peer.say("keyframe")
        assert (await peer.hear("frame"))["key"]


async def test_video_goes_on_from_a_keyframe_and_a_watcher_begins_with_one_of_its_own(
    house: OpenHouse,
) -> None:
    async with house() as home:
        performer, watcher = await home.peer(), await home.peer()
        welcome = await performer.perform(video=VIDEO)
        assert welcome["video"]["codec_string"] == "avc1.42C020"
        assert (welcome["video"]["width"], welcome["video"]["height"]) == (128, 128)
        first = await performer.hear("frame")
        assert first["key"]
        assert {7, 8, 5} <= set(kinds(first))
        for seq in range(3):
            await performer.say("pose", seq=seq, values={"head_x": seq / 3})
            shown = await performer.hear("frame")
            assert (shown["key"], kinds(shown)) == (False, [1])
        await watcher.watch(welcome["session"], video=VIDEO)
        joined = await watcher.hear("frame")
        assert (joined["frame"], joined["key"]) == (1, True)
        assert {7, 8, 5} <= set(kinds(joined))
        await performer.say("pose", seq=9, values={"head_x": -1.0})
        caught_up = [await watcher.hear("frame") for _ in range(4)]
        assert [one["seq"] for one in caught_up] == [0, 1, 2, 9]
        assert [(one["key"], one["frame"]) for one in caught_up] == [(False, 2 + n) for n in range(4)]


def decoded(frames: list[Frame]) -> list[np.ndarray]:
    """What a decoder that is not ours makes of one client's frames: a picture each, and no complaint."""
    context = av.CodecContext.create("h264", "r")
    context.thread_count = 1
    with av.logging.Capture() as logs:
        shown = [context.decode(av.Packet(frame.data)) for frame in frames]
    assert [message for level, _, message in logs if level <= av.logging.WARNING] == []
    assert [len(pictures) for pictures in shown] == [1] * len(frames)
    return [picture.to_ndarray() for (picture,) in shown]


async def test_who_joins_is_shown_the_same_bits_beside_and_once_taken_in(
    engine: FlatEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "TAKE_IN_SECONDS", 0.8)
    monkeypatch.setattr(lines, "KEYFRAME_SECONDS", 0.2)
    async with staged(engine) as stage:
        seats: list[Seat] = []
        for seq in range(60):
            if seq in (0, 20, 22, 24):
                seats.append(stage.seat(codec="h264-alpha"))
            stage.pose(seq, (seq % 20) / 10 - 1)
            await asyncio.sleep(0.025)
    watched = [[seat.frames.get_nowait() for _ in range(seat.frames.qsize())] for seat in seats]
    first, late, *_ = watched
    assert [frame.key for frame in first].count(True) == 2
    assert [frame.key for frame in late].count(True) >= 2
    assert late[0].key
    pictures = [decoded(frames) for frames in watched]
    taken_in = max(number for number, frame in enumerate(first) if frame.key)
    since = {frame.input["seq"]: one for frame, one in zip(first, pictures[0], strict=True)}
    beside = {frame.input["seq"]: one for frame, one in zip(late, pictures[1], strict=True)}
    for frames, shown in zip(watched[1:], pictures[1:], strict=True):
        for frame, one in zip(frames, shown, strict=True):
            seq = frame.input["seq"]
            whole = seq >= first[taken_in].input["seq"]
            np.testing.assert_array_equal(one, since[seq] if whole else beside[seq])


async def test_who_joins_is_shown_the_newest_picture_while_the_device_draws(
    engine: FlatEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "KEYFRAME_SECONDS", 0.05)
    async with staged(engine) as stage:
        first = stage.seat(codec="h264-alpha")
        begun = await first.frame()
        stage.pose(1, 0.5)
        before = await first.frame()
        await asyncio.sleep(0.1)
        engine.gate.clear()
        stage.pose(2, -0.5)
        await asyncio.sleep(0.05)
        late = stage.seat(codec="h264-alpha")
        joined = await late.frame()
        drawn = len(engine.batches)
        engine.gate.set()
        after, other = await late.frame(), await first.frame()
    assert (joined.key, joined.input, joined.fresh) == (True, {"seq": 1}, False)
    assert joined.stamps.begun == joined.stamps.drawn >= before.stamps.encoded
    assert (after.key, other.key, after.input) == (False, False, {"seq": 2})
    assert len(engine.batches) == drawn + 2
    (alone,), (_, built) = decoded([joined]), decoded([begun, before])
    np.testing.assert_allclose(alone.astype(int), built, atol=3)


@pytest.mark.usefixtures("unjudged")
async def test_a_session_without_poses_costs_nothing_unless_idle_motion_is_on(
    house: OpenHouse, engine: FlatEngine
) -> None:
    async with house() as home:
        peer = await home.peer()
        await peer.perform()
        await peer.hear("frame")
        batches = len(engine.batches)
        await asyncio.sleep(0.4)
        assert len(engine.batches) == batches
        await peer.say("set", idle=True)
        for _ in range(5):
            await peer.hear("frame")
        assert len(engine.batches) >= batches + 5


@pytest.mark.usefixtures("unjudged")
async def test_idle_motion_moves_the_character_and_stops_for_a_pose(
    house: OpenHouse, engine: FlatEngine
) -> None:
    async with house() as home:
        peer = await home.peer()
        welcome = await peer.perform(idle=True)
        assert welcome["idle"] is True
        for _ in range(20):
            await peer.hear("frame")
        idle = [
            float(request.pose[NAMES.index("breathing")]) for batch in engine.batches for request in batch
        ]
        assert len(set(idle)) > 5
        await peer.say("pose", seq=1, values={"head_x": 0.5})
        while (await peer.hear("frame")).get("seq") != 1:
            pass
        await asyncio.sleep(0.2)
        batches = len(engine.batches)
        await asyncio.sleep(0.2)
        assert len(engine.batches) == batches


async def test_frames_keep_to_the_rate_that_was_asked(house: OpenHouse) -> None:
    async with house() as home:
        peer = await home.peer()
        await peer.perform(video={"size": 128, "codecs": ["raw"], "max_fps": 10})
        await peer.hear("frame")
        begun, frames = time.monotonic(), 0
        while time.monotonic() - begun < 1.0:
            await peer.say("pose", seq=frames, values={"head_x": (frames % 7) / 7})
            await peer.hear("frame")
            frames += 1
        assert 6 <= frames <= 12


async def test_characters_share_a_batch_when_they_are_due_together(
    house: OpenHouse, engine: FlatEngine
) -> None:
    async with house(load_limit=0) as home:
        peers = [await home.peer() for _ in range(6)]
        for number, peer in enumerate(peers):
            await peer.perform("ada" if number % 2 else "bea")
            await peer.hear("frame")
        engine.gate.clear()
        await peers[0].say("pose", seq=1, values={"head_x": 0.5})
        await asyncio.sleep(0.1)
        for peer in peers[1:]:
            await peer.say("pose", seq=1, values={"head_x": 0.5})
        await asyncio.sleep(0.2)
        engine.gate.set()
        for peer in peers:
            while (await peer.hear("frame")).get("seq") != 1:
                pass
        batch = max(engine.batches, key=len)
        assert len(batch) == 5
        assert {request.character for request in batch} == {"ada", "bea"}
        assert engine.threads == {"device_0"}


async def test_a_device_that_fails_once_does_not_end_the_session(
    house: OpenHouse, engine: FlatEngine
) -> None:
    async with house() as home:
        peer = await home.peer()
        await peer.perform()
        await peer.hear("frame")
        engine.failing = True
        await peer.say("pose", seq=1, values={"head_x": 0.5})
        await asyncio.sleep(0.2)
        engine.failing = False
        assert (await peer.hear("frame"))["seq"] == 1
