"""A session as benches need one: it performs through a real socket, and what it hears is noted."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import aiohttp
import numpy as np
from numpy.typing import NDArray

from server.settings import SettingsError
from server.wire import ENCODINGS

_ENCODING = ENCODINGS[0]
MOST_FPS = 60.0
"""The highest rate that may be asked for: a pose that comes between two frames waits for none to fall due."""


@dataclass(frozen=True)
class Plan:
    """What a bench asks for: characters by id, taken in turn, and one pose (45,) after another."""

    characters: Sequence[str]
    poses: NDArray[np.float32]
    fps: float
    size: int
    codec: str
    seconds: float


class Heard(NamedTuple):
    """A message of the server, when it came (seconds of `time.monotonic()`), and how many bytes it took."""

    said: dict[str, Any]
    moment: float
    size: int


Note = Callable[[Heard], None]
Sending = Coroutine[Any, Any, None]


class Answers:
    """Frames that a session heard, and how many milliseconds those took that answered a newer pose."""

    def __init__(self) -> None:
        self._newest = -1
        self.clear()

    def clear(self) -> None:
        """Count from here on."""
        self.frames, self.latencies = 0, list[float]()

    def note(self, heard: Heard) -> None:
        """Count a message, if it is a frame."""
        if heard.said["type"] == "frame":
            self.frames += 1
            if heard.said.get("seq", -1) > self._newest:
                self._newest = heard.said["seq"]
                self.latencies.append(1e3 * heard.moment - heard.said["time"])


def _forget(_: Heard) -> None:
    pass


def video(plan: Plan, max_fps: float = MOST_FPS) -> dict[str, object]:
    """What the plan's sessions ask for, as `hello` has it."""
    return {"codecs": [plan.codec], "size": plan.size, "max_fps": min(MOST_FPS, max_fps)}


@asynccontextmanager
async def performing(
    http: aiohttp.ClientSession,
    address: str,
    plan: Plan,
    number: int = 0,
    *,
    note: Note = _forget,
    send: Callable[[aiohttp.ClientWebSocketResponse], Sending] | None = None,
    max_fps: float = MOST_FPS,
) -> AsyncIterator[str]:
    """Session `number` of a plan performs while the block runs; gives its id.

    note: called with each message, the welcome first; a frame is acknowledged after that. send: what is sent
    instead of the plan's poses. Raises SettingsError, in the midst of the block, where the server refuses
    something or closes the session.
    """
    url = f"{address}/v1/stream"
    async with http.ws_connect(url, protocols=[_ENCODING.subprotocol], max_msg_size=0) as socket:
        character = plan.characters[number % len(plan.characters)]
        asked = video(plan, max_fps)
        await say(socket, type="hello", role="perform", character=character, video=asked, idle=False)
        welcome = await _next(socket)
        note(welcome)
        try:
            async with asyncio.TaskGroup() as both:
                hearing = both.create_task(_hear(socket, note))
                sending = both.create_task(send(socket) if send else send_poses(socket, plan, number))
                yield welcome.said["session"]
                hearing.cancel()
                sending.cancel()
        except BaseExceptionGroup as failed:
            raise failed.exceptions[0] from None
        await say(socket, type="bye")


async def send_poses(socket: aiohttp.ClientWebSocketResponse, plan: Plan, number: int) -> None:
    """Send the plan's poses until cancelled; each session begins elsewhere in them, and in its own step."""
    # Spread over one period: performers do not send in step.
    due = time.monotonic() + (number * 0.618) % 1 / plan.fps
    start = number * 37
    for seq in range(sys.maxsize):
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        pose = plan.poses[(start + seq) % len(plan.poses)]
        await say(
            socket, type="pose", seq=seq, time=1e3 * time.monotonic(), values=pose.astype("<f4").tobytes()
        )
        due += 1 / plan.fps


async def say(socket: aiohttp.ClientWebSocketResponse, **fields: Any) -> None:
    """Send one message."""
    raw = _ENCODING.encode(fields)
    assert isinstance(raw, bytes)
    await socket.send_bytes(raw)


async def _hear(socket: aiohttp.ClientWebSocketResponse, note: Note) -> None:
    while True:
        heard = await _next(socket)
        note(heard)
        if heard.said["type"] == "frame":
            await say(socket, type="ack", frame=heard.said["frame"])


async def _next(socket: aiohttp.ClientWebSocketResponse) -> Heard:
    message = await socket.receive()
    moment = time.monotonic()
    if message.type is not aiohttp.WSMsgType.BINARY:
        raise SettingsError(f"The server closed a session with {socket.close_code}.")
    said: Any = _ENCODING.decode(message.data)
    if said["type"] == "error":
        raise SettingsError(f"The server refused: {said['message']}")
    return Heard(said, moment, len(message.data))
