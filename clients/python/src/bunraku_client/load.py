"""A load of many performers at once, each sending poses and counting the frames that come back."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bunraku_client.connect import connect
from bunraku_client.errors import BunrakuError, InvalidInputError
from bunraku_client.frame import now_ms
from bunraku_client.motion import Motion
from bunraku_client.report import Report, Tally, summarise
from bunraku_client.session import Session
from bunraku_client.track import Track
from bunraku_client.video import Video

_OPEN_AT_ONCE = 16
# A frame is timed as it comes off the socket, so a long queue hides no delay and loses no frame.
_QUEUE = 256
# Every performer begins this much later in the motion: no two show the same pose.
_APART_SECONDS = 1.7
_GOLDEN = 0.618
_AS_BROWSERS = Video(codecs=("h264-alpha", "webp"))


@dataclass(frozen=True)
class Load:
    """What to ask of a server: `sessions` performers, dealt over `characters`, for `seconds`.

    Each sends `fps` poses a second, of `track` where it is given and of made-up motion else, and leaves its
    frames undecoded. Raises `InvalidInputError`.
    """

    url: str
    sessions: int
    characters: Sequence[str]
    seconds: float = 10.0
    fps: float = 30.0
    video: Video = _AS_BROWSERS
    track: Track | None = None
    token: str | None = None
    encoding: str | None = None

    def __post_init__(self) -> None:
        if self.sessions < 1 or not self.characters:
            raise InvalidInputError("A load needs at least one session and one character.")
        if not 0 < self.seconds < float("inf"):
            raise InvalidInputError("A load lasts more than 0 seconds.")
        if not 0 < self.fps <= 1000:
            raise InvalidInputError("A performer sends more than 0 and at most 1000 poses a second.")


async def run_load(load: Load) -> Report:
    """Open every session, then drive all that were let in for the time asked, beginning at once.

    Raises nothing for a refusal or a cut connection: they are in the report, and nothing is resumed.
    """
    gate, start = asyncio.Semaphore(_OPEN_AT_ONCE), asyncio.Barrier(load.sessions)
    performers = [_perform(load, number, gate, start) for number in range(load.sessions)]
    return summarise(await asyncio.gather(*performers))


async def _perform(load: Load, number: int, gate: asyncio.Semaphore, start: asyncio.Barrier) -> Tally:
    tally, session = Tally(), _session(load, number)
    async with AsyncExitStack() as stack:
        try:
            async with gate:
                await stack.enter_async_context(session)
        except BunrakuError as error:
            tally.refused = str(error)
        await start.wait()
        if tally.refused is None:
            tally.codec = session.stream.codec
            await _drive(load, number, session, tally)
    return tally


def _session(load: Load, number: int) -> Session:
    return connect(
        load.url,
        load.characters[number % len(load.characters)],
        token=load.token,
        video=load.video,
        idle=False,
        encoding=load.encoding,
        reconnect=None,
        queue=_QUEUE,
    )


async def _drive(load: Load, number: int, session: Session, tally: Tally) -> None:
    missed, skipped, began_ms = session.counts.missed, session.skipped, now_ms()
    try:
        async with asyncio.timeout(load.seconds):
            await _both(_send(load, number, session, tally), _count(session, tally, began_ms))
    except TimeoutError:
        pass
    except BunrakuError as error:
        tally.trouble = str(error)
    tally.seconds = (now_ms() - began_ms) / 1000
    tally.missed, tally.skipped = session.counts.missed - missed, session.skipped - skipped


async def _both(*parts: Coroutine[None, None, None]) -> None:
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _send(load: Load, number: int, session: Session, tally: Tally) -> None:
    pose_at, clock, period = _source(load, number, session), asyncio.get_running_loop().time, 1 / load.fps
    # Performers are spread over one period: real ones do not send in step.
    began = due = clock() + number * _GOLDEN % 1 * period
    while True:
        await asyncio.sleep(max(0.0, due - clock()))
        await session.pose(pose_at(clock() - began + number * _APART_SECONDS))
        tally.sent += 1
        due = max(due + period, clock() - period)


def _source(load: Load, number: int, session: Session) -> Callable[[float], NDArray[np.float32]]:
    parameters = session.welcome.parameters
    return load.track.sampler(parameters) if load.track else Motion(parameters, seed=number).at


async def _count(session: Session, tally: Tally, began_ms: float) -> None:
    async for frame in session.frames():
        if frame.arrived_ms < began_ms:
            continue
        tally.frames += 1
        if frame.latency_ms is not None:
            tally.latencies.append(frame.latency_ms)
