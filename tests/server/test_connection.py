import asyncio
import json
import re
import time
from typing import Any

import aiohttp
import msgpack
import numpy as np
import pytest
import websockets

from house import HEAD_X, FlatEngine, OpenHouse
from models.pose import NAMES
from server.wire import ENCODINGS, Encoding


def red(frame: dict[str, object]) -> int:
    data = frame["data"]
    assert isinstance(data, bytes)
    return data[0]


@pytest.mark.parametrize("encoding", ENCODINGS, ids=["msgpack", "json"])
async def test_a_pose_comes_back_as_a_picture(house: OpenHouse, encoding: Encoding) -> None:
    async with house() as home:
        peer = await home.peer(encoding)
        welcome = await peer.perform()
        assert welcome["character"] == {"id": "ada", "name": "Sample 0"}
        assert welcome["pose"]["names"] == list(NAMES)
        assert (welcome["video"]["codec"], welcome["video"]["width"], welcome["video"]["alpha"]) == (
            "raw",
            128,
            True,
        )
        first = await peer.hear("frame")
        assert (first["frame"], first["key"], len(first["data"])) == (1, True, 128 * 128 * 4)
        assert "seq" not in first
        await peer.say("pose", seq=7, time=12.5, values={"head_x": 1.0})
        second = await peer.hear("frame")
        assert (second["frame"], second["seq"], second["time"]) == (2, 7, 12.5)
        assert set(second["stages"]) == {"queue", "render", "encode"}
        assert red(second) > red(first)


async def test_poses_come_as_numbers_bytes_and_maps_over_the_last(
    house: OpenHouse, engine: FlatEngine
) -> None:
    async with house() as home:
        peer = await home.peer()
        await peer.perform()
        await peer.say("pose", seq=1, values=[0.25] * 45)
        await peer.say("pose", seq=2, values={"head_y": 9.0})
        while (await peer.hear("frame")).get("seq") != 2:
            pass
        drawn = engine.batches[-1][0].pose
        assert drawn[NAMES.index("head_x")] == 0.25
        assert drawn[NAMES.index("head_y")] == 1.0
        await peer.say("pose", seq=3, values=np.full(45, -0.5, "<f4").tobytes())
        assert (await peer.hear("frame"))["seq"] == 3
        assert engine.batches[-1][0].pose[HEAD_X] == -0.5


async def test_bad_poses_change_nothing_and_are_answered(house: OpenHouse) -> None:
    async with house() as home:
        peer = await home.peer()
        await peer.perform()
        await peer.hear("frame")
        for values in ([0.0] * 44, b"123", {"head_q": 1.0}, [float("nan")] * 45):
            await peer.say("pose", seq=1, values=values)
            error = await peer.hear("error")
            assert (error["code"], error["fatal"]) == ("bad_pose", False)
            assert error["message"].endswith((".", "?"))
        with pytest.raises(TimeoutError):
            await peer.hear("frame", seconds=0.3)


async def test_twenty_mistakes_in_a_row_close_with_4000(house: OpenHouse) -> None:
    async with house() as home:
        peer = await home.peer()
        await peer.perform()
        for _ in range(20):
            await peer.say("dance")
        assert await peer.hear_close() == 4000


async def test_what_comes_before_hello_is_an_error(house: OpenHouse) -> None:
    async with house() as home:
        peer = await home.peer()
        await peer.say("ping")
        assert (await peer.hear("error"))["code"] == "not_allowed"
        await peer.perform()


async def test_who_says_nothing_is_let_go(house: OpenHouse) -> None:
    async with house(hello_seconds=0.2, heartbeat_seconds=0.2) as home:
        mute = await home.peer()
        assert (await mute.hear("error"))["code"] == "no_hello"
        assert await mute.hear_close() == 4008
        shy = await home.peer()
        await shy.perform()
        assert (await shy.hear("error"))["code"] == "silent"
        assert await shy.hear_close() == 4008


async def test_a_client_without_our_subprotocol_gets_400(house: OpenHouse) -> None:
    async with house() as home:
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await home.http.ws_connect(f"{home.address}/v1/stream", protocols=["chat"])
        assert caught.value.status == 400
        async with home.http.get(f"{home.address}/v1/stream") as response:
            assert response.status == 400
            assert "bunraku.v1.msgpack" in await response.text()


async def test_a_message_over_the_limit_closes_with_1009(house: OpenHouse) -> None:
    async with house(max_message_bytes=1000) as home:
        peer = await home.peer()
        await peer.perform()
        await peer.say("image", seq=1, format="jpeg", data=bytes(2000))
        assert await peer.hear_close() == 1009


async def test_a_flood_of_messages_closes_with_4029(house: OpenHouse) -> None:
    async with house(messages_per_second=20) as home:
        peer = await home.peer()
        await peer.perform()
        for _ in range(40):
            await peer.say("ping")
        assert await peer.hear_close() == 4029


async def test_pages_of_other_origins_are_closed_with_4003(house: OpenHouse) -> None:
    async with house() as home:
        peer = await home.peer(origin="https://evil.example")
        assert (await peer.hear("error"))["code"] == "origin"
        assert await peer.hear_close() == 4003
        own = await home.peer(origin=home.address)
        await own.perform()


async def test_tokens_guard_each_role(house: OpenHouse) -> None:
    async with house(performer_tokens=("p",), watcher_tokens=("w",)) as home:
        stranger = await home.peer()
        await stranger.say("hello", role="perform", character="ada", token="w")
        assert (await stranger.hear("error"))["code"] == "unauthorised"
        assert await stranger.hear_close() == 4001
        session = (await (await home.peer()).perform(token="p"))["session"]
        await (await home.peer()).watch(session, token="w")


async def test_unknown_characters_and_sessions_close_with_4004(house: OpenHouse) -> None:
    async with house() as home:
        for fields in (
            {"role": "perform", "character": "nobody"},
            {"role": "perform", "character": "../ada"},
            {"role": "watch", "session": "none"},
            {"role": "perform", "resume": "guess"},
        ):
            peer = await home.peer()
            await peer.say("hello", **fields)
            assert await peer.hear_close() == 4004, fields


async def test_a_watcher_sees_what_the_performer_does_and_may_not_pose(house: OpenHouse) -> None:
    async with house() as home:
        performer, watcher = await home.peer(), await home.peer(ENCODINGS[1])
        session = (await performer.perform())["session"]
        welcome = await watcher.watch(session)
        assert "resume" not in welcome
        await watcher.hear("frame")
        await performer.say("pose", seq=5, values={"head_x": -1.0})
        seen = await watcher.hear("frame")
        assert (red(seen), seen["seq"]) == (0, 5)
        await watcher.say("pose", seq=1, values={})
        assert (await watcher.hear("error"))["code"] == "not_allowed"
        await watcher.say("set", idle=True)
        assert (await watcher.hear("error"))["code"] == "not_allowed"


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


async def test_settings_change_while_running(house: OpenHouse) -> None:
    async with house() as home:
        peer = await home.peer()
        await peer.perform()
        await peer.hear("frame")
        await peer.say("set", video={"crop": [128, 0, 256, 128], "size": 256, "codecs": ["png"]})
        config = await peer.hear("config")
        assert (config["video"]["width"], config["video"]["height"], config["video"]["codec"]) == (
            128,
            64,
            "png",
        )
        frame = await peer.hear("frame")
        assert frame["key"] and frame["data"].startswith(b"\x89PNG")


async def test_settings_that_make_no_picture_change_nothing(house: OpenHouse) -> None:
    async with house() as home:
        peer = await home.peer()
        await peer.perform()
        for video in ({"crop": [500, 0, 100, 100]}, {"codecs": ["gif"]}):
            await peer.say("set", video=video)
            error = await peer.hear("error")
            assert (error["code"], error["fatal"]) == ("bad_message", False)
        await peer.say("set", video={"max_fps": 10})
        assert (await peer.hear("config"))["video"]["codec"] == "raw"


async def test_ping_and_image_and_calibrate_are_answered_as_the_protocol_says(house: OpenHouse) -> None:
    async with house() as home:
        peer = await home.peer()
        await peer.perform()
        await peer.say("ping", time=3.5)
        assert (await peer.hear("pong"))["time"] == 3.5
        await peer.say("image", seq=1, format="png", data=b"x")
        assert (await peer.hear("error"))["code"] == "no_tracker"
        await peer.say("blendshapes", seq=2, values={"eyeBlinkLeft": 0.1}, head=[0, 20, 0])
        while (await peer.hear("frame")).get("seq") != 2:
            pass
        await peer.say("calibrate")
        await peer.say("blendshapes", seq=3, values={}, head=[0, 20, 0])
        assert (await peer.hear("frame"))["seq"] == 3


async def test_calibration_makes_the_present_head_neutral(house: OpenHouse, engine: FlatEngine) -> None:
    async with house() as home:
        peer = await home.peer()
        await peer.perform()
        turns = []
        for seq, mirrored in enumerate((False, True)):
            await peer.say("set", tracking={"mirror": mirrored})
            await peer.say("blendshapes", seq=seq, values={}, head=[0, 20, 0])
            while (await peer.hear("frame")).get("seq") != seq:
                pass
            turns.append(float(engine.batches[-1][0].pose[NAMES.index("head_y")]))
        assert turns[0] < -0.1
        assert turns[1] == pytest.approx(-turns[0])
        await peer.say("calibrate")
        await peer.say("blendshapes", seq=9, values={}, head=[0, 20, 0])
        while (await peer.hear("frame")).get("seq") != 9:
            pass
        assert abs(engine.batches[-1][0].pose[NAMES.index("head_y")]) < 1e-3


async def test_a_keyframe_is_sent_on_request(house: OpenHouse) -> None:
    async with house() as home:
        peer = await home.peer()
        await peer.perform()
        await peer.hear("frame")
        await peer.say("keyframe")
        assert (await peer.hear("frame"))["key"]


VIDEO = {"size": 128, "codecs": ["h264-alpha", "raw"]}


def kinds(frame: dict[str, Any]) -> list[int]:
    """The types of the units of an access unit (H.264 table 7-1), Annex B."""
    return [frame["data"][start.end()] & 31 for start in re.finditer(b"\0\0\1", frame["data"])]


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
        shown = await watcher.hear("frame")
        assert (shown["seq"], shown["key"], shown["frame"]) == (9, False, 2)


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


async def test_idle_motion_moves_the_character_and_stops_for_a_pose(
    house: OpenHouse, engine: FlatEngine
) -> None:
    async with house() as home:
        peer = await home.peer()
        welcome = await peer.perform(idle=True)
        assert welcome["idle"] is True
        await asyncio.sleep(0.5)
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


async def test_stats_come_every_second(house: OpenHouse) -> None:
    async with house() as home:
        peer = await home.peer()
        await peer.perform()
        stats = await peer.hear("stats")
        assert (stats["sessions"], stats["watchers"], stats["dropped"]) == (1, 0, 0)
        assert stats["fps"] > 0 and stats["bitrate"] > 0


async def test_a_session_outlives_its_performers_socket_and_is_taken_over(house: OpenHouse) -> None:
    async with house() as home:
        performer, watcher = await home.peer(), await home.peer()
        welcome = await performer.perform()
        await watcher.watch(welcome["session"])
        await performer.say("pose", seq=1, values={"head_x": 1.0, "head_y": 1.0})
        while (await watcher.hear("frame")).get("seq") != 1:
            pass
        performer.transport.abort()
        again = await home.peer()
        resumed = await again.perform(resume=welcome["resume"])
        assert resumed["session"] == welcome["session"]
        await again.say("pose", seq=2, values={"head_x": -1.0})
        seen = await watcher.hear("frame")
        while seen.get("seq") != 2:
            seen = await watcher.hear("frame")
        assert seen["data"][:2] == b"\0\xff"


async def test_a_takeover_closes_the_first_performer_with_4010(house: OpenHouse) -> None:
    async with house() as home:
        first, second = await home.peer(), await home.peer()
        welcome = await first.perform()
        await second.perform(resume=welcome["resume"])
        bye = await first.hear("bye")
        assert (bye["reason"], bye["reconnect"]) == ("replaced", False)
        assert await first.hear_close() == 4010
        await second.say("pose", seq=1, values={"head_x": 0.5})
        assert (await second.hear("frame"))["frame"] == 1
        assert len(home.service.table) == 1


async def test_bye_ends_the_session_for_its_watchers(house: OpenHouse) -> None:
    async with house() as home:
        performer, watcher = await home.peer(), await home.peer()
        session = (await performer.perform())["session"]
        await watcher.watch(session)
        await performer.say("bye")
        assert await performer.hear_close() == 1000
        assert (await watcher.hear("bye"))["reconnect"] is False
        assert await watcher.hear_close() == 1000
        assert len(home.service.table) == 0


async def test_a_session_whose_performer_stays_away_ends(house: OpenHouse) -> None:
    async with house(linger_seconds=0.5) as home:
        performer, watcher = await home.peer(), await home.peer()
        session = (await performer.perform())["session"]
        await watcher.watch(session)
        performer.transport.abort()
        assert (await watcher.hear("bye"))["reason"].startswith("The performer was cut off")
        assert len(home.service.table) == 0


async def test_places_are_limited_and_refusals_say_when_to_come_again(house: OpenHouse) -> None:
    async with house(max_sessions=1, max_watchers=1) as home:
        session = (await (await home.peer()).perform())["session"]
        await (await home.peer()).watch(session)
        for fields in ({"role": "perform", "character": "ada"}, {"role": "watch", "session": session}):
            late = await home.peer()
            await late.say("hello", **fields)
            error = await late.hear("error")
            assert (error["code"], error["fatal"]) == ("full", True)
            assert error["retry_after"] > 0
            assert await late.hear_close() == 4013
        assert await home.metric('bunraku_rejected_total{reason="full"}') == 2


async def test_who_was_cut_off_gives_place_to_a_newcomer(house: OpenHouse) -> None:
    async with house(max_sessions=1) as home:
        first, second = await home.peer(), await home.peer()
        welcome = await first.perform()
        first.transport.abort()
        await asyncio.sleep(0.2)
        await second.perform()
        back = await home.peer()
        await back.say("hello", role="perform", resume=welcome["resume"])
        assert await back.hear_close() == 4004


async def test_a_session_that_the_device_cannot_hold_is_refused(house: OpenHouse) -> None:
    async with house() as home:
        for _ in range(100):
            home.service.cost.measured(512**2, 0.02)
        await (await home.peer()).perform(video={"max_fps": 30})
        late = await home.peer()
        await late.say("hello", role="perform", character="bea", video={"max_fps": 30})
        assert (await late.hear("error"))["code"] == "full"
        assert await late.hear_close() == 4013
        small = await home.peer()
        await small.perform("bea", video={"size": 128, "max_fps": 30})
        await small.say("set", video={"size": 512})
        error = await small.hear("error")
        assert (error["code"], error["fatal"]) == ("full", False)


async def test_a_client_that_never_reads_slows_nobody_and_is_bounded(house: OpenHouse) -> None:
    async with house(queue_bytes=2 << 20) as home:
        performer, deaf = await home.peer(), await home.peer()
        session = (await performer.perform(video={"size": 512, "codecs": ["raw"], "max_fps": 60}))["session"]
        await deaf.watch(session, video={"size": 512, "codecs": ["raw"], "max_fps": 60})
        # The client's own receive buffer is paused, as that of a hung program is.
        deaf.transport.pause_reading()
        for seq in range(60):
            await performer.say("pose", seq=seq, values={"head_x": (seq % 9) / 9})
            while (await performer.hear("frame")).get("seq") != seq:
                pass
        assert await home.metric('bunraku_drops_total{reason="slow_client"}') > 10
        waiting = [client.waiting_bytes for client in home.service.clients]
        assert max(waiting) <= 2 << 20
        deaf.transport.abort()


async def test_characters_share_a_batch_when_they_are_due_together(
    house: OpenHouse, engine: FlatEngine
) -> None:
    async with house() as home:
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


async def test_a_client_written_on_websockets_understands_us(house: OpenHouse) -> None:
    async with house() as home:
        url = home.address.replace("http", "ws") + "/v1/stream"
        subprotocols = [
            websockets.Subprotocol("bunraku.v1.json"),
            websockets.Subprotocol("bunraku.v1.msgpack"),
        ]
        async with websockets.connect(url, subprotocols=subprotocols, max_size=None, proxy=None) as socket:
            assert socket.subprotocol == "bunraku.v1.msgpack"
            await socket.send(msgpack.packb({"type": "hello", "role": "perform", "character": "bea"}))
            assert msgpack.unpackb(await socket.recv())["type"] == "welcome"
        async with websockets.connect(
            url, subprotocols=subprotocols[:1], max_size=None, proxy=None
        ) as socket:
            hello = {"type": "hello", "role": "perform", "character": "bea", "video": {"size": 128}}
            await socket.send(json.dumps(hello))
            welcome = await socket.recv()
            assert isinstance(welcome, str)
            assert json.loads(welcome)["video"]["codec"] == "webp"
            frame = await socket.recv()
            assert isinstance(frame, bytes)
            length = int.from_bytes(frame[:4], "little")
            assert json.loads(frame[4 : 4 + length])["type"] == "frame"
            assert frame[4 + length :][:4] == b"RIFF"


async def test_a_long_reason_fits_a_close_frame(house: OpenHouse) -> None:
    async with house() as home:
        peer = await home.peer()
        await peer.say("hello", role="watch", session="\u00fc" * 200)
        assert await peer.hear_close() == 4004
