"""A session as a program sees it: poses in, frames out."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from bunraku_client.connection import Connection
from bunraku_client.decoder import Decoder
from bunraku_client.errors import BunrakuError, ConnectionLost, ServerError
from bunraku_client.frame import Frame, now_ms
from bunraku_client.link import read_error
from bunraku_client.newest import NewestFrames
from bunraku_client.pose import PoseValues, checked
from bunraku_client.video import Video
from bunraku_client.welcome import Stream, Welcome
from bunraku_client.wire import Message, field, optional


@dataclass
class Counts:
    """What came since the session began: `missed` frames the server left out, `cuts` that were mended."""

    frames: int = 0
    bytes: int = 0
    missed: int = 0
    cuts: int = 0


class Session:
    """One client of a server, to be used as `async with`; made by `connect` and `watch`.

    Sending waits while a cut connection is being resumed, and raises the `BunrakuError` that ended the
    session once it is over. `stats` and `tracking` hold the server's newest such message, `last_error` its
    newest error, `round_trip_ms` the time of the newest ping.
    """

    stream: Stream

    def __init__(self, connection: Connection, *, queue: int, decode: bool = False) -> None:
        self.counts = Counts()
        self.stats: Message = {}
        self.tracking: Message = {}
        self.last_error: ServerError | None = None
        self.round_trip_ms: float | None = None
        self._connection = connection
        self._frames = NewestFrames(queue)
        self._decoder = Decoder() if decode else None
        self._failure: BunrakuError | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._seq = self._shown_seq = 0
        self._last_number: int | None = None

    async def __aenter__(self) -> Self:
        """Connect; raises an `EndError`: `UnreachableError`, or a `ServerError` such as `full`."""
        await self._connection.open()
        self.stream = self.welcome.stream
        self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._beat())]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Say `bye` and close."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._connection.close()

    @property
    def welcome(self) -> Welcome:
        """What the server granted, newest first after a resume."""
        return self._connection.welcome

    @property
    def id(self) -> str:
        """The session's id, which a watcher needs."""
        return self.welcome.session

    @property
    def skipped(self) -> int:
        """Frames that came and were pushed out by newer ones before anybody took them."""
        return self._frames.skipped

    async def pose(self, values: PoseValues) -> int:
        """Send a pose (45 numbers, or a map that changes some) and return its `seq`.

        Raises `InvalidInputError` for another count, or numbers that are not finite.
        """
        return await self._input("pose", values=checked(values))

    async def blendshapes(
        self, values: Mapping[str, float], head: tuple[float, float, float] | None = None
    ) -> int:
        """Send tracked ARKit or MediaPipe blendshapes (0..1) and `head` as pitch, yaw, roll in degrees."""
        turned = {} if head is None else {"head": list(head)}
        return await self._input("blendshapes", values=checked(values), **turned)

    async def image(self, data: bytes, encoded_as: str = "jpeg") -> int:
        """Send a webcam picture (`"jpeg"`, `"png"` or `"webp"`), to be tracked by the server."""
        return await self._input("image", format=encoded_as, data=data)

    async def calibrate(self) -> None:
        """Make the present head orientation the neutral one."""
        await self._connection.send({"type": "calibrate"})

    async def set(
        self,
        *,
        video: Video | None = None,
        idle: bool | None = None,
        tracking: Mapping[str, Any] | None = None,
    ) -> None:
        """Change settings while running; what is None stays. `video` and `idle` also hold after a resume."""
        lasting = {"video": video and video.as_message(), "idle": idle}
        lasting = {name: value for name, value in lasting.items() if value is not None}
        passing = {} if tracking is None else {"tracking": dict(tracking)}
        self._connection.hello |= lasting
        await self._connection.send({"type": "set", **lasting, **passing})

    async def keyframe(self) -> None:
        """Ask for a frame that needs none before it."""
        await self._connection.send({"type": "keyframe"})

    async def bye(self) -> None:
        """End the session in order; `frames` then comes to its end."""
        await self._connection.leave()

    async def frames(self) -> AsyncIterator[Frame]:
        """The frames as they come, older ones left out where the consumer is slow; each is acknowledged.

        Ends when the session ends in order; raises the `BunrakuError` that ended it otherwise, and
        `DecodeError` where a session that decodes cannot.
        """
        while (frame := await self._frames.get()) is not None:
            await self._connection.offer({"type": "ack", "frame": frame.number})
            yield frame if self._decoder is None else self._decoder.decoded(frame)
        if self._failure is not None:
            raise self._failure

    async def _input(self, kind: str, **fields: Any) -> int:
        self._seq += 1
        seq = self._seq
        await self._connection.send({"type": kind, "seq": seq, "time": now_ms(), **fields})
        return seq

    async def _read(self) -> None:
        try:
            while True:
                await self._take(await self._connection.receive())
        except ConnectionLost as end:
            self._failure = None if end.orderly else end
        except BunrakuError as error:
            self._failure = error
            self._connection.give_up(error)
        finally:
            self._frames.close()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self.welcome.heartbeat_seconds)
            await self._connection.offer({"type": "ping", "time": now_ms()})

    async def _take(self, message: Message) -> None:
        match message["type"]:
            case "frame":
                if self._frames.put(self._frame(message)):
                    await self._connection.offer({"type": "keyframe"})
            case "welcome":
                self._resumed()
            case "config":
                self.stream = Stream.read(field(message, "video", dict))
            case "stats":
                self.stats = message
            case "tracking":
                self.tracking = message
            case "pong":
                self.round_trip_ms = now_ms() - field(message, "time", float)
            case "error":
                self.last_error = read_error(message)

    def _resumed(self) -> None:
        self.counts.cuts += 1
        self.stream = self.welcome.stream
        self._last_number = None
        self._frames.clear()

    def _frame(self, message: Message) -> Frame:
        arrived_ms = now_ms()
        latency_ms = self._latency(message, arrived_ms)
        frame = Frame.read(message, self.stream, arrived_ms=arrived_ms, latency_ms=latency_ms)
        if self._last_number is not None:
            self.counts.missed += max(0, frame.number - self._last_number - 1)
        self._last_number = frame.number
        self.counts.frames += 1
        self.counts.bytes += len(frame.data)
        return frame

    def _latency(self, message: Message, arrived_ms: float) -> float | None:
        # Only of the first frame that shows an input sent here: an earlier performer's clock is not ours.
        seq, sent_ms = optional(message, "seq", int), optional(message, "time", float)
        if seq is None or sent_ms is None or not self._shown_seq < seq <= self._seq:
            return None
        self._shown_seq = seq
        return arrived_ms - sent_ms
