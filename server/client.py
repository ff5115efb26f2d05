"""One connected client: what it asked for, what waits for it, and the task that sends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Protocol

from server.metrics import Metrics
from server.outbox import Frame, Numbered, Outbox
from server.protocol import CloseCode, ProtocolError, VideoSettings
from server.ratecontrol import RateControl
from server.sessions import Session, Stream
from server.tally import Tally
from server.wire import Encoding

_FLUSH_SECONDS = 2.0


class Socket(Protocol):
    """What a client needs of a WebSocket."""

    async def send_str(self, data: str) -> None:
        """Send a text message."""
        ...

    async def send_bytes(self, data: bytes) -> None:
        """Send a binary message."""
        ...

    def abort(self) -> None:
        """Cut the connection; a send that waits raises ConnectionError."""
        ...


class Client:
    """A client behind its socket. `tell`, `offer` and `finish` never wait."""

    def __init__(self, socket: Socket, encoding: Encoding, metrics: Metrics, queue_bytes: int) -> None:
        self.video = VideoSettings()
        self.role = ""
        self.session: Session | None = None
        self.stream: Stream | None = None
        self.tally = Tally()
        self.rate = RateControl()
        self._socket = socket
        self._encoding = encoding
        self._metrics = metrics
        self._outbox = Outbox(queue_bytes)
        self._ready = asyncio.Event()
        self._sending: float | None = None
        self._judged_drops = 0
        self.end: tuple[int, str] | None = None
        """Close code and reason, once `finish` was called: nothing that comes after counts."""

    def tell(self, message: Mapping[str, Any]) -> None:
        """Queue a message that carries no picture."""
        if self.end is not None:
            return
        try:
            self._outbox.note(message)
        except ProtocolError as error:
            self._metrics.mistakes.labels(error.code).inc()
            self.finish(error.close or CloseCode.SILENT, error.message)
        self._ready.set()

    def offer(self, frame: Frame) -> None:
        """Queue a frame; those that a slow socket leaves waiting give way to it."""
        if self.end is not None:
            return
        if dropped := self._outbox.offer(frame, time.monotonic()):
            self.tally.dropped += dropped
            self._metrics.drops.labels("slow_client").inc(dropped)
        if self._outbox.starved and self.stream is not None:
            self.stream.refresh = True
        self._ready.set()

    def restream(self, message: Mapping[str, Any]) -> None:
        """Tell that the stream changes: frames of the old one no longer count."""
        self._outbox.clear()
        self.tell(message)

    def fail(self, error: ProtocolError) -> None:
        """Tell the client's mistake; a fatal one ends the connection."""
        self._metrics.mistakes.labels(error.code).inc()
        if error.close is None:
            self.tell(error.body())
        else:
            self.finish(error.close, error.message, error.body())

    def finish(self, code: int, reason: str, *messages: Mapping[str, Any]) -> None:
        """Send what waits and `messages`; then the connection is closed with this code."""
        if self.end is not None:
            return
        for message in messages:
            self.tell(message)
        self.end = self.end or (code, reason)
        self._ready.set()
        # A client that does not read cannot hold up its own end.
        asyncio.get_running_loop().call_later(_FLUSH_SECONDS, self._socket.abort)

    def acknowledged(self, number: int) -> None:
        """The client shows the frame of that number."""
        self.tally.acked = number
        self.rate.acked(number, time.monotonic())
        self._ready.set()

    @property
    def waiting_bytes(self) -> int:
        """Bytes of the frames that wait to be sent."""
        return self._outbox.waiting_bytes

    def judge(self, now: float) -> int:
        """The rung of the ladder to be on from `now` on."""
        oldest = self._outbox.oldest if self._sending is None else self._sending
        dropped, self._judged_drops = self.tally.dropped - self._judged_drops, self.tally.dropped
        return self.rate.step(now, 0.0 if oldest is None else now - oldest, dropped)

    def cut(self) -> None:
        """Cut the connection, whatever waits."""
        self._socket.abort()

    async def send_all(self) -> None:
        """Send until `finish` was called and nothing waits, or until the socket is gone."""
        with suppress(ConnectionError):
            while True:
                held = 0.0 if self.end is not None else self.rate.hold(time.monotonic())
                if (item := self._outbox.take(frames=not held)) is not None:
                    await self._send(item)
                elif self.end is not None:
                    return
                else:
                    await self._until_ready(held if self._outbox else None)

    async def _until_ready(self, seconds: float | None) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._ready.wait()
        self._ready.clear()

    async def _send(self, item: Mapping[str, Any] | Numbered) -> None:
        if not isinstance(item, Numbered):
            await self._write(item)
            return
        frame = item.frame
        self._sending = item.offered
        await self._write(
            {
                "type": "frame",
                "frame": item.number,
                "key": frame.key,
                **frame.input,
                "stages": frame.stamps.stages(),
                "data": frame.data,
            }
        )
        self._sending = None
        now = time.monotonic()
        self.rate.sent(item.number, now)
        self._metrics.sent(frame, item.offered, now, performer=self.role == "perform")
        self.tally.sent(item)

    async def _write(self, message: Mapping[str, Any]) -> None:
        data = self._encoding.encode(message)
        if isinstance(data, str):
            await self._socket.send_str(data)
        else:
            await self._socket.send_bytes(data)
