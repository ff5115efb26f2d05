import asyncio
import time
from typing import Any

from server.client import Client
from server.fan import Fan
from server.metrics import Metrics
from server.protocol import VideoSettings
from server.ratecontrol import lowered
from server.rounds import Rounds
from server.session_table import SessionTable
from server.sessions import Session
from server.streams import StreamKey, stream_key
from server.wire import JsonEncoding


class Wire:
    """A socket that keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    def put(self, data: str | bytes) -> bool:
        self.sent.append(JsonEncoding().decode(data))
        return True

    async def drained(self) -> None:
        """It is never full."""

    def abort(self) -> None:
        raise AssertionError("nobody is cut here")


def client() -> tuple[Client, Wire]:
    wire = Wire()
    one = Client(wire, JsonEncoding(), Metrics(), 1 << 20, Fan())
    one.role = "perform"
    return one, wire


def unasked(_: Client) -> StreamKey | None:
    raise AssertionError("nobody is moved here")


def nothing(_: Client, __: VideoSettings) -> None:
    raise AssertionError("nobody lags here")


async def test_everybody_is_told_the_figures() -> None:
    one, wire = client()
    await Rounds([one], unasked, nothing).tell(sessions=3)
    (told,) = wire.sent
    assert (told["type"], told["sessions"], told["watchers"], told["fps"]) == ("stats", 3, 0, 0.0)


async def test_other_things_have_their_turn_between_many() -> None:
    many = [client()[0] for _ in range(200)]
    telling = asyncio.create_task(Rounds(many, unasked, nothing).tell(sessions=1))
    turns = 0
    while not telling.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns >= 4


async def test_who_lags_is_given_less_and_who_does_not_is_left_alone() -> None:
    table, moved = SessionTable(30.0), list[Client]()
    lagging, calm = client()[0], client()[0]
    for one in (lagging, calm):
        one.session = table.open("ada", 0.0, idle=False)
        one.stream = one.session.attach(one, stream_key(one.video, 60.0), 0.0)
    earlier = time.monotonic() - 0.5
    lagging.rate.sent(1, earlier)
    lagging.rate.acked(1, earlier)
    lagging.rate.sent(2, earlier)  # whose acknowledgement is still to come

    def given(one: Client) -> StreamKey:
        return stream_key(lowered(one.video, one.rate.rung), 60.0)

    rounds = Rounds([lagging, calm], given, lambda one, _: moved.append(one))
    pacing = asyncio.create_task(rounds.pace())
    await asyncio.sleep(0.4)
    pacing.cancel()
    assert moved[0] is lagging
    assert calm not in moved


async def test_among_many_sessions_each_is_judged_in_its_turn() -> None:
    table, judged = SessionTable(30.0), list[Session]()
    sessions = [table.open("ada", 0.0, idle=False) for _ in range(40)]

    def refit(session: Session) -> bool:
        judged.append(session)
        return False

    rounds = Rounds([], unasked, nothing)
    for seen in (14, 27, 40):
        await rounds.fit(sessions, refit)
        assert abs(len(judged) - seen) <= 1
    assert set(judged) == set(sessions)
    await rounds.fit([], refit)
