"""A feed has one connection for each line of its stream, and no more than it needs."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from models.view import View
from seats import Seat
from server import feeds
from server.feeds import Feed, FeedKey
from server.lines import KEYFRAME_SECONDS
from server.pacing import Beat
from server.protocol import CloseCode, ProtocolError
from server.sessions import Session, Stream
from server.upstream import Config, End, Heard, Picture, Welcome

KEY = FeedKey(View(256, (0, 0, 256, 256)), None, "h264-alpha", 0.5, 30.0, True)
VIDEO = {"codec": "h264-alpha", "width": 128, "height": 128}
SMALLER = {"codec": "h264-alpha", "width": 64, "height": 64}


class Wire:
    """A connection whose other end the test holds."""

    def __init__(self, hear: Callable[[Heard], None]) -> None:
        self.hear = hear
        self.wishes = 0
        self.wished = asyncio.Event()
        self.end: asyncio.Future[End] = asyncio.get_running_loop().create_future()

    async def run(self) -> End:
        return await self.end

    def want_keyframe(self) -> None:
        self.wishes += 1
        self.wished.set()

    def welcome(self, video: Mapping[str, Any] = VIDEO) -> None:
        self.hear(Welcome("s", {"id": "ada", "name": "Ada"}, dict(video), {}, False, 15.0))

    def frame(self, data: bytes = b"f", *, key: bool = False) -> None:
        self.hear(Picture(key, {"queue": 1.0, "render": 20.0, "encode": 3.0}, data, seq=7))


class Fed:
    """A feed with its connections, oldest first."""

    def __init__(self) -> None:
        self.wires: list[Wire] = []
        self.ends: list[End] = []
        self.now = asyncio.get_running_loop().time()
        session = Session("s", "", "ada", self.now, idle=False)
        self.feed = Feed(Stream(session, KEY, Beat(30.0, self.now)), self._connect, self._over)

    def _connect(self, hear: Callable[[Heard], None]) -> Wire:
        self.wires.append(Wire(hear))
        return self.wires[-1]

    def _over(self, feed: Feed, end: End) -> None:
        self.ends.append(end)

    def seat(self, *, later: bool = False) -> Seat:
        """Somebody joins; `later` than any keyframe could be given again."""
        seat = Seat()
        self.feed.stream.welcome(seat, self.now + (2 * KEYFRAME_SECONDS if later else 0))
        self.feed.attend()
        return seat

    def leave(self, seat: Seat) -> None:
        self.feed.stream.leave(seat)
        self.feed.attend()


def opened() -> Fed:
    """A feed that the server has welcomed."""
    fed = Fed()
    fed.wires[0].welcome()
    return fed


async def with_two() -> tuple[Fed, Seat, Seat]:
    """One that came first, and one beside it."""
    fed = opened()
    first = fed.seat()
    fed.wires[0].frame(b"key", key=True)
    fed.wires[0].frame(b"one")
    second = fed.seat(later=True)
    await asyncio.sleep(0)  # both connections are begun
    return fed, first, second


def shown(seat: Seat) -> list[bytes]:
    return [frame.data for frame in seat.frames]


def test_a_wish_is_what_a_hello_asks_for() -> None:
    assert KEY.video == {
        "codecs": ["h264-alpha"],
        "max_fps": 30.0,
        "size": 256,
        "crop": [0, 0, 256, 256],
        "background": "transparent",
        "quality": 0.5,
        "fit": True,
    }


async def test_what_is_asked_to_fit_is_another_wish() -> None:
    other = FeedKey(KEY.view, (255, 0, 16), KEY.codec, KEY.quality, KEY.fps, False)
    assert other != KEY
    assert other.video["background"] == "#ff0010"


async def test_it_is_open_once_the_server_says_welcome() -> None:
    fed = Fed()
    opening = asyncio.create_task(fed.feed.opened())
    await asyncio.sleep(0)
    assert not opening.done()
    fed.wires[0].welcome()
    assert (await opening).character["name"] == "Ada"
    assert fed.feed.video == VIDEO
    fed.feed.close()


async def test_frames_go_to_all_with_the_times_that_the_server_tells() -> None:
    fed = opened()
    first, second = fed.seat(), fed.seat()
    fed.wires[0].frame(b"key", key=True)
    assert shown(first) == shown(second) == [b"key"]
    frame = first.frames[0]
    assert frame.input == {"seq": 7}
    assert frame.stamps.stages == pytest.approx({"queue": 1.0, "render": 20.0, "encode": 3.0})
    assert len(fed.wires) == 1
    fed.feed.close()


async def test_who_joins_later_begins_on_a_connection_of_its_own_and_nobody_else_gets_that_keyframe() -> None:
    fed, first, second = await with_two()
    assert len(fed.wires) == 2
    fed.wires[1].welcome()
    fed.wires[1].frame(b"beside", key=True)
    assert shown(second) == [b"beside"]
    assert shown(first) == [b"key", b"one"]
    assert fed.wires[0].wishes == 0
    fed.feed.close()


async def test_the_next_keyframe_for_all_takes_in_who_is_beside_and_ends_the_second_connection() -> None:
    fed, first, second = await with_two()
    fed.wires[1].welcome()
    fed.wires[1].frame(b"beside", key=True)
    fed.wires[0].frame(b"all", key=True)
    fed.wires[0].frame(b"two")
    assert shown(second) == [b"beside", b"all", b"two"]
    assert shown(first) == [b"key", b"one", b"all", b"two"]
    await asyncio.sleep(0)
    assert fed.wires[1].end.cancelled()
    assert second.told == []
    fed.feed.close()


async def test_who_is_taken_in_is_told_where_the_pictures_differ() -> None:
    fed, first, second = await with_two()
    fed.wires[1].welcome(SMALLER)
    assert [one["video"] for one in second.told] == [SMALLER]
    fed.wires[1].frame(b"beside", key=True)
    fed.wires[0].frame(b"all", key=True)
    assert [one["video"] for one in second.told] == [SMALLER, VIDEO]
    assert first.told == []
    fed.feed.close()


async def test_where_the_server_put_both_on_one_line_a_keyframe_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(feeds, "_OVERDUE_SECONDS", 0.01)
    fed, _, _ = await with_two()
    async with asyncio.timeout(5):
        await fed.wires[0].wished.wait()
    assert fed.wires[0].wishes == 1
    fed.feed.close()


async def test_where_there_is_no_place_beside_a_keyframe_for_all_must_do() -> None:
    fed, first, second = await with_two()
    fed.wires[1].end.set_result(End(ProtocolError("full", "No place.", close=CloseCode.FULL)))
    await asyncio.sleep(0.01)
    assert fed.wires[0].wishes == 1
    fed.wires[0].frame(b"all", key=True)
    assert shown(second) == [b"all"]
    assert shown(first)[-1] == b"all"
    assert fed.ends == []
    fed.feed.close()


async def test_one_that_lost_a_frame_asks_once_for_a_keyframe() -> None:
    fed = opened()
    seat = fed.seat()
    fed.wires[0].frame(b"key", key=True)
    fed.wires[0].frame(b"one")
    for _ in range(3):
        fed.feed.stream.renew(seat, fed.now)
        fed.feed.attend()
    assert fed.wires[0].wishes == 1
    fed.wires[0].frame(b"again", key=True)
    fed.feed.stream.renew(seat, fed.now)  # the newest frame stands alone: it is given again
    fed.feed.attend()
    assert shown(seat)[-2:] == [b"again", b"again"]
    assert fed.wires[0].wishes == 1
    fed.feed.close()


async def test_when_the_first_leaves_the_one_beside_goes_on_and_the_first_connection_ends() -> None:
    fed, first, second = await with_two()
    fed.wires[1].welcome()
    fed.wires[1].frame(b"beside", key=True)
    fed.leave(first)
    await asyncio.sleep(0)
    assert fed.wires[0].end.cancelled()
    fed.wires[1].frame(b"on")
    assert shown(second) == [b"beside", b"on"]
    assert fed.feed.video == VIDEO
    fed.feed.close()


async def test_another_stream_is_told_and_nothing_of_the_old_one_is_given_to_newcomers() -> None:
    fed = opened()
    seat = fed.seat()
    fed.wires[0].frame(b"key", key=True)
    fed.wires[0].hear(Config(SMALLER))
    assert [one["video"] for one in seat.told] == [SMALLER]
    newcomer = fed.seat()
    assert shown(newcomer) == []
    fed.wires[0].frame(b"new", key=True)
    assert shown(newcomer) == [b"new"]
    assert fed.wires[0].wishes == 0  # it comes by itself
    fed.feed.close()


async def test_a_connection_made_anew_goes_on_without_a_word_where_the_pictures_are_as_before() -> None:
    fed = opened()
    seat = fed.seat()
    for data in (b"key", b"anew"):
        fed.wires[0].welcome()
        fed.wires[0].frame(data, key=True)
    assert shown(seat) == [b"key", b"anew"]
    assert seat.told == []
    fed.feed.close()


async def test_the_end_is_told_once_and_raised_to_who_waits() -> None:
    fed = Fed()
    opening = asyncio.create_task(fed.feed.opened())
    end = End(ProtocolError("no_session", "There is no session 's'.", close=CloseCode.NOT_FOUND))
    fed.wires[0].end.set_result(end)
    with pytest.raises(ProtocolError, match=r"^There is no session 's'\.$"):
        await opening
    assert fed.ends == [end]
    fed.seat()
    assert len(fed.wires) == 1


async def test_who_waits_for_a_feed_that_is_given_up_is_told_so() -> None:
    fed = Fed()
    opening = asyncio.create_task(fed.feed.opened())
    await asyncio.sleep(0)
    fed.feed.close()
    with pytest.raises(ProtocolError) as raised:
        await opening
    assert raised.value.close == CloseCode.DRAINING
