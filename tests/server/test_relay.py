"""Through a relay watchers see what they would see at the server, which itself sees few of them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from typing import Any

import pytest

from house import House, OpenHouse, Peer
from server import relay, sessions
from server.relay import Relay
from server.relay_app import relaying
from server.settings import Settings
from server.wire import ENCODINGS, Encoding

RAW = {"size": 128, "codecs": ["raw"]}
FILM = {"size": 128, "codecs": ["h264-alpha"]}


class Post:
    """A relay, and the way to it."""

    def __init__(self, relay: Relay, house: House) -> None:
        self.relay = relay
        self.house = house

    async def peer(self, encoding: Encoding = ENCODINGS[0]) -> Peer:
        return await self.house.peer(encoding)

    async def watcher(self, session: str, video: dict[str, Any], **fields: Any) -> Peer:
        peer = await self.peer()
        await peer.watch(session, video=video, **fields)
        return peer

    async def metric(self, line: str) -> float:
        return await self.house.metric(line)


@asynccontextmanager
async def relay_of(home: House, **settings: Any) -> AsyncIterator[Post]:
    chosen = Settings(**{"port": 0, "drain_seconds": 0.3, **settings})
    async with relaying(chosen, home.address) as (relay, address):
        with closing(House(home.service, address, home.http)) as house:
            yield Post(relay, house)


async def shown(peer: Peer, seq: int) -> dict[str, Any]:
    """The first frame that shows a pose."""
    while (frame := await peer.hear("frame")).get("seq") != seq:
        pass
    return frame


def watching(home: House, session: str) -> int:
    """How many the server itself sees watch."""
    found = home.service.table.find(session)
    assert found is not None
    return len(found.watchers)


@pytest.mark.parametrize("encoding", ENCODINGS, ids=["msgpack", "json"])
async def test_a_watcher_sees_what_the_performer_does(house: OpenHouse, encoding: Encoding) -> None:
    async with house() as home, relay_of(home) as post:
        performer = await home.peer()
        session = (await performer.perform(video=RAW))["session"]
        peer = await post.peer(encoding)
        welcome = await peer.watch(session, video=RAW)
        assert (welcome["session"], welcome["character"]["id"]) == (session, "ada")
        assert (welcome["video"]["codec"], welcome["video"]["width"]) == ("raw", 128)
        assert len(welcome["pose"]["names"]) == 45
        assert "resume" not in welcome
        first = await peer.hear("frame")
        assert (first["frame"], first["key"]) == (1, True)
        await performer.say("pose", seq=5, time=17.0, values={"head_x": 1.0})
        frame = await shown(peer, 5)
        assert frame["data"] == (await shown(performer, 5))["data"]
        assert frame["time"] == 17.0
        assert frame["stages"].keys() == {"queue", "render", "encode"}


async def test_any_number_of_watchers_is_one_to_the_server(house: OpenHouse) -> None:
    async with house() as home, relay_of(home) as post:
        session = (await (await home.peer()).perform(video=RAW))["session"]
        peers = [await post.watcher(session, RAW) for _ in range(5)]
        for peer in peers:
            await peer.hear("frame")
        assert watching(home, session) == 1
        assert (await peers[0].hear("stats"))["watchers"] == 5
        assert await post.metric('bunraku_sessions{role="watch"}') == 5


async def test_a_relay_may_stand_behind_a_relay(house: OpenHouse) -> None:
    async with house() as home, relay_of(home) as near:
        performer = await home.peer()
        session = (await performer.perform(video=RAW))["session"]
        async with relay_of(near.house) as far:
            peer = await far.watcher(session, RAW)
            await performer.say("pose", seq=5, values={"head_x": 1.0})
            await shown(peer, 5)
            await performer.say("bye")
            assert (await peer.hear("bye"))["reason"] == "The performer left."


async def test_each_setting_is_another_stream(house: OpenHouse) -> None:
    async with house() as home, relay_of(home) as post:
        session = (await (await home.peer()).perform(video=RAW))["session"]
        small, large = await post.watcher(session, RAW), await post.watcher(session, {**RAW, "size": 256})
        assert len((await small.hear("frame"))["data"]) == 4 * 128 * 128
        assert len((await large.hear("frame"))["data"]) == 4 * 256 * 256
        assert watching(home, session) == 2


async def test_who_joins_a_film_is_given_a_keyframe_and_then_shares_the_line_of_all(
    house: OpenHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "TAKE_IN_SECONDS", 2.0)
    async with house() as home, relay_of(home) as post:
        performer = await home.peer()
        session = (await performer.perform(video={**FILM, "max_fps": 30}))["session"]
        moving = asyncio.create_task(move(performer))
        first = await post.watcher(session, FILM)
        assert (await first.hear("frame"))["key"]
        await asyncio.sleep(2.5)  # longer than who comes is given what there was
        heard = asyncio.create_task(keyframes(first, 1.0))
        second = await post.watcher(session, FILM)
        assert (await second.hear("frame"))["key"]
        assert watching(home, session) == 2
        assert await heard == 0
        assert await keyframes(first, 3.0) == 1
        async with asyncio.timeout(5):
            while watching(home, session) > 1:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        before = (await second.hear("frame"))["frame"]
        assert (await second.hear("frame"))["frame"] == before + 1
        moving.cancel()


async def move(performer: Peer) -> None:
    for seq in range(10_000):
        await performer.say("pose", seq=seq, values={"head_x": (seq % 9) / 9})
        await asyncio.sleep(1 / 30)


async def keyframes(peer: Peer, seconds: float) -> int:
    """How many come in that time."""
    found = 0
    try:
        async with asyncio.timeout(seconds):
            while True:
                found += (await peer.hear("frame"))["key"]
    except TimeoutError:
        return found


async def test_the_server_judges_tokens_and_sessions(house: OpenHouse) -> None:
    async with house(performer_tokens=("p",), watcher_tokens=("w",)) as home, relay_of(home) as post:
        session = (await (await home.peer()).perform(token="p"))["session"]
        await post.watcher(session, RAW, token="w")
        for hello, code in (({"session": session, "token": "x"}, 4001), ({"session": session}, 4001),
                            ({"session": "nobody's", "token": "w"}, 4004)):  # fmt: skip
            peer = await post.peer()
            await peer.say("hello", role="watch", **hello)
            assert (await peer.hear("error"))["fatal"]
            assert await peer.hear_close() == code


async def test_nobody_performs_at_a_relay(house: OpenHouse) -> None:
    async with house() as home, relay_of(home) as post:
        peer = await post.peer()
        await peer.say("hello", role="perform", character="ada")
        error = await peer.hear("error")
        assert error["message"] == "This is a relay, for those who watch: perform at the server itself."
        assert await peer.hear_close() == 4000


async def test_mistakes_of_watchers_are_answered_as_the_server_does(house: OpenHouse) -> None:
    async with house() as home, relay_of(home) as post:
        session = (await (await home.peer()).perform())["session"]
        peer = await post.peer()
        await peer.say("hello", role="watch")
        assert (await peer.hear("error"))["code"] == "bad_message"
        await peer.watch(session)
        for kind, fields in (("pose", {"seq": 1, "values": {}}), ("set", {"idle": True})):
            await peer.say(kind, **fields)
            assert (await peer.hear("error"))["code"] == "not_allowed"
        await peer.say("ping", time=3.0)
        assert (await peer.hear("pong"))["time"] == 3.0


async def test_a_watcher_changes_its_own_picture(house: OpenHouse) -> None:
    async with house() as home, relay_of(home) as post:
        session = (await (await home.peer()).perform())["session"]
        peer, other = await post.watcher(session, RAW), await post.watcher(session, RAW)
        await peer.hear("frame")
        await peer.say("set", video={"size": 256, "background": "#102030"})
        config = await peer.hear("config")
        assert (config["video"]["width"], config["video"]["background"]) == (256, "#102030")
        frame = await peer.hear("frame")
        assert frame["key"]
        assert len(frame["data"]) == 4 * 256 * 256
        await peer.say("set", video={"codecs": ["vp9"]})
        assert (await peer.hear("error"))["code"] == "bad_message"
        await peer.say("set", video={})
        assert (await peer.hear("config"))["video"]["width"] == 256
        assert len((await other.hear("frame"))["data"]) == 4 * 128 * 128


async def test_what_is_changed_in_haste_is_changed_all_of_it(house: OpenHouse) -> None:
    async with house() as home, relay_of(home) as post:
        session = (await (await home.peer()).perform())["session"]
        peer = await post.watcher(session, RAW)
        await peer.say("set", video={"size": 256})
        await peer.say("set", video={"background": "#102030"})
        while (video := (await peer.hear("config"))["video"])["background"] != "#102030":
            pass
        assert video["width"] == 256


async def test_a_picture_that_the_server_refuses_leaves_all_as_it_was(house: OpenHouse) -> None:
    async with house(max_watchers=1) as home, relay_of(home) as post:
        performer = await home.peer()
        session = (await performer.perform())["session"]
        peer = await post.watcher(session, RAW)
        await peer.hear("frame")
        await peer.say("set", video={"size": 512})
        error = await peer.hear("error")
        assert (error["code"], error["fatal"]) == ("full", False)
        await performer.say("pose", seq=5, values={"head_x": 1.0})
        assert len((await shown(peer, 5))["data"]) == 4 * 128 * 128


async def test_a_keyframe_that_is_wanted_comes(house: OpenHouse) -> None:
    async with house() as home, relay_of(home) as post:
        performer = await home.peer()
        session = (await performer.perform(video=FILM))["session"]
        moving = asyncio.create_task(move(performer))
        peer, other = await post.watcher(session, FILM), await post.watcher(session, FILM)
        await peer.hear("frame")
        await other.hear("frame")
        await asyncio.sleep(1.2)
        await peer.say("keyframe")
        async with asyncio.timeout(5):
            while not (await peer.hear("frame"))["key"]:
                pass
        assert await keyframes(other, 0.5) == 0
        moving.cancel()


async def test_the_end_of_a_session_is_told_to_all(house: OpenHouse) -> None:
    async with house() as home, relay_of(home) as post:
        performer = await home.peer()
        session = (await performer.perform())["session"]
        peers = [await post.watcher(session, RAW) for _ in range(2)]
        await performer.say("bye")
        for peer in peers:
            bye = await peer.hear("bye")
            assert (bye["reason"], bye["reconnect"]) == ("The performer left.", False)
            assert await peer.hear_close() == 1000
        await until_nobody_is_left(post)


async def metrics(home: House) -> str:
    async with home.http.get(f"{home.address}/metrics") as response:
        return await response.text()


async def until_nobody_is_left(post: Post) -> None:
    async with asyncio.timeout(5):
        while len(post.relay.clients):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_a_cut_between_relay_and_server_is_mended_unseen(house: OpenHouse) -> None:
    async with house() as home, relay_of(home) as post:
        performer = await home.peer()
        session = (await performer.perform(video=FILM))["session"]
        peer = await post.watcher(session, FILM)
        await peer.hear("frame")
        (there,) = [client for client in home.service.clients if client.role == "watch"]
        there.cut()
        async with asyncio.timeout(5):
            while not (await peer.hear("frame"))["key"]:
                pass
        await performer.say("pose", seq=5, values={"head_x": 1.0})
        await shown(peer, 5)


async def test_a_server_that_is_gone_is_one_sentence_to_who_watches_and_to_who_comes(
    house: OpenHouse,
) -> None:
    async with house() as other, house() as home:
        session = (await (await home.peer()).perform())["session"]
        async with relay_of(home, linger_seconds=0.2) as post:
            peer = await post.watcher(session, RAW)
            # Its place in the network is somebody else's from here on.
            post.relay._upstream._base = "http://127.0.0.1:9"
            (there,) = [client for client in home.service.clients if client.role == "watch"]
            there.cut()
            late = await post.peer()
            await late.say("hello", role="watch", session="another")
            for one in (peer, late):
                assert (await one.hear("error"))["message"] == "The server behind this relay does not answer."
                assert await one.hear_close() == 1001
            assert other.service.ready


async def test_a_slow_watcher_gets_less_and_the_others_do_not(house: OpenHouse) -> None:
    async with house(load_limit=0) as home, relay_of(home) as post:
        performer = await home.peer()
        video = {"size": 512, "codecs": ["raw"], "max_fps": 60}
        session = (await performer.perform(video=RAW))["session"]
        fast, slow = await post.watcher(session, video), await post.watcher(session, video)
        slow.transport.pause_reading()
        found = [client for client in post.relay.clients if client.stream is not None]
        for seq in range(300):
            await performer.say("pose", seq=seq, values={"head_x": (seq % 9) / 9})
            assert len((await fast.hear("frame"))["data"]) == 4 * 512 * 512
            if any(one.stream is not None and one.stream.key.view.width < 512 for one in found):
                break
        else:
            pytest.fail("nobody was given less")
        slow.transport.resume_reading()
        assert (await slow.hear("config"))["video"]["quality"] < 0.7


async def test_where_the_server_has_no_place_for_less_a_slow_watcher_hears_nothing_of_it(
    house: OpenHouse,
) -> None:
    async with house(load_limit=0, max_watchers=1) as home, relay_of(home) as post:
        performer = await home.peer()
        video = {"size": 512, "codecs": ["raw"], "max_fps": 60}
        session = (await performer.perform(video=RAW))["session"]
        fast, slow = await post.watcher(session, video), await post.watcher(session, video)
        await slow.hear("frame")
        slow.transport.pause_reading()
        refusals = 'bunraku_rejected_total{reason="full"}'
        for seq in range(300):
            await performer.say("pose", seq=seq, values={"head_x": (seq % 9) / 9})
            await fast.hear("frame")
            if seq % 20 == 19 and refusals in await metrics(home) and await home.metric(refusals) > 1:
                break
        else:
            pytest.fail("nothing less was asked for")
        slow.transport.resume_reading()
        heard = [await slow.hear_any() for _ in range(5)]
        assert {one["type"] for one in heard} <= {"frame", "stats"}
        assert {len(one["data"]) for one in heard if one["type"] == "frame"} == {4 * 512 * 512}


async def test_what_nobody_receives_any_more_is_let_go(
    house: OpenHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "_KEPT_SECONDS", 0.5)
    async with house() as home, relay_of(home) as post:
        session = (await (await home.peer()).perform())["session"]
        peer = await post.watcher(session, RAW)
        assert watching(home, session) == 1
        await peer.socket.close()
        async with asyncio.timeout(5):
            while watching(home, session):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert post.relay._sessions == {}


async def test_a_relay_that_stops_says_bye_and_takes_nobody(house: OpenHouse) -> None:
    async with house() as home:
        session = (await (await home.peer()).perform())["session"]
        async with relay_of(home) as post:
            peer = await post.watcher(session, RAW)
            leaving = asyncio.create_task(post.relay.drain())
            bye = await peer.hear("bye")
            assert (bye["reason"], bye["reconnect"]) == ("draining", True)
            assert await peer.hear_close() == 1001
            late = await post.peer()
            await late.say("hello", role="watch", session=session)
            assert (await late.hear("error"))["code"] == "not_ready"
            await leaving


async def test_a_relay_has_its_own_limit_of_watchers(house: OpenHouse) -> None:
    async with house() as home, relay_of(home, max_watchers=1) as post:
        session = (await (await home.peer()).perform())["session"]
        await post.watcher(session, RAW)
        peer = await post.peer()
        await peer.say("hello", role="watch", session=session, video=RAW)
        assert (await peer.hear("error"))["retry_after"] > 0
        assert await peer.hear_close() == 4013


@pytest.mark.parametrize(
    ("allowed", "code"), [((), 4004), (("http://here",), 4004), (("http://there",), 4003)]
)
async def test_pages_of_any_site_may_watch_unless_some_are_named(
    house: OpenHouse, allowed: tuple[str, ...], code: int
) -> None:
    async with house() as home, relay_of(home, allowed_origins=allowed) as post:
        peer = await post.house.peer(headers={"Origin": "http://here"})
        if code == 4004:
            await peer.say("hello", role="watch", session="nobody's")
        assert await peer.hear_close() == code


async def test_text_that_is_not_unicode_is_refused_as_the_server_does(house: OpenHouse) -> None:
    async with house(watcher_tokens=("hush",)) as home, relay_of(home) as post:
        for fields, code in (
            ({"session": "any", "token": "\ud800"}, 4001),
            ({"session": "\ud800", "token": "hush"}, 4004),
        ):
            peer = await post.peer(ENCODINGS[1])
            await peer.say("hello", role="watch", **fields)
            assert await peer.hear_close() == code, fields


async def test_a_hello_that_is_refused_leaves_nothing_behind(house: OpenHouse) -> None:
    async with house() as home, relay_of(home) as post:
        session = (await (await home.peer()).perform(video=RAW))["session"]
        peer = await post.peer()
        await peer.say("hello", role="watch", session=session, video={"codecs": ["av1"]})
        assert (await peer.hear("error"))["fatal"] is False
        await peer.say("hello", role="watch", session=session)
        assert (await peer.hear("welcome"))["video"]["codec"] == "webp"
