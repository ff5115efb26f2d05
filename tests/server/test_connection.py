import asyncio
import json
from typing import Any

import aiohttp
import msgpack
import pytest
import websockets
from structlog.testing import capture_logs

from house import OpenHouse
from models.pose import NAMES
from server.client import Client
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


async def test_who_falls_silent_after_hello_is_let_go_by_the_heartbeat(house: OpenHouse) -> None:
    async with house(hello_seconds=60, heartbeat_seconds=0.2) as home:
        peer = await home.peer()
        await peer.perform()
        assert (await peer.hear("error"))["code"] == "silent"


async def test_a_hello_that_takes_long_to_answer_is_waited_for(
    house: OpenHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with house(hello_seconds=0.3) as home:
        join = home.service.join

        async def late(*given: Any) -> None:
            await asyncio.sleep(0.6)
            await join(*given)

        monkeypatch.setattr(home.service, "join", late)
        peer = await home.peer()
        assert (await peer.perform())["type"] == "welcome"


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


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"role": "perform", "character": "ada", "token": "\ud800"}, 4001),
        ({"role": "perform", "resume": "\ud800", "token": "hush"}, 4004),
        ({"role": "perform", "character": "\ud800", "token": "hush"}, 4004),
        ({"role": "watch", "session": "\ud800"}, 4004),
    ],
)
async def test_text_that_is_not_unicode_is_refused_like_any_other(
    house: OpenHouse, fields: dict[str, str], code: int
) -> None:
    async with house(performer_tokens=("hush",)) as home:
        peer = await home.peer(ENCODINGS[1])
        with capture_logs() as logged:
            await peer.say("hello", **fields)
            assert await peer.hear_close() == code
        assert [(one["event"], one["address"]) for one in logged] == [("client refused", "127.0.0.1")]
        assert "hush" not in str(logged)


async def test_an_origin_that_is_no_address_is_closed_with_4003(house: OpenHouse) -> None:
    async with house() as home:
        with capture_logs() as logged:
            peer = await home.peer(origin="http://[")
            assert await peer.hear_close() == 4003
        assert [(one["event"], one["code"]) for one in logged] == [("client refused", "origin")]
        assert await home.metric('bunraku_rejected_total{reason="origin"}') == 1


async def test_a_message_at_which_the_server_fails_closes_with_1011_and_one_log_entry(
    house: OpenHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    async with house() as home:
        peer = await home.peer()
        session = (await peer.perform())["session"]
        monkeypatch.setattr(home.service, "perform", broken)
        with capture_logs() as logged:
            await peer.say("pose", seq=1, values={})
            error = await peer.hear("error")
            assert (error["code"], error["fatal"]) == ("internal", True)
            assert await peer.hear_close() == 1011
        (entry,) = [one for one in logged if one["log_level"] == "error"]
        assert (entry["event"], entry["session"]) == ("message failed", session)


async def test_a_failure_between_messages_closes_with_1011_too_and_leaves_nobody_behind(
    house: OpenHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    async with house() as home:
        monkeypatch.setattr(Client, "send_all", broken)
        with capture_logs() as logged:
            assert await (await home.peer()).hear_close() == 1011
        assert [one["event"] for one in logged if one["log_level"] == "error"] == ["connection failed"]
        assert not home.service.clients
