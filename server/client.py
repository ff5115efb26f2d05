"""One connected client: what it asked for, what waits for it, and the task that sends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Protocol

from server.fan import Fan
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

    def put(self, data: str | bytes) -> bool:
        """Send a message, text or binary; False where it must wait, and `drained` be awaited before more.

        Raises ConnectionError where the connection is gone.
        """
        ...

    async def drained(self) -> None:
        """Wait until all has left. Raises ConnectionError where the connection goes before."""
        ...

    def abort(self) -> None:
        """Cut the connection; `drained` no longer waits."""
        ...


class Client:
    """A client behind its socket. `tell`, `offer` and `finish` never wait."""

    def __init__(
        self, socket: Socket, encoding: Encoding, metrics: Metrics, queue_bytes: int, fan: Fan
    ) -> None:
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
        self._fan = fan
        self._called = False
        self._halted = asyncio.Event()
        """The socket is full, or there is no more to send."""
        self._over = False
        self._holding: asyncio.TimerHandle | None = None
        self._sending: Numbered | None = None
        self._left_out = 0
        """Frames dropped since the last judgement, as this client did not take them."""
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
        self._call()

    def offer(self, frame: Frame) -> None:
        """Queue a frame; those that a slow socket leaves waiting give way to it."""
        if self.end is not None:
            return
        now = time.monotonic()
        if dropped := self._outbox.offer(frame, now):
            self.tally.dropped += dropped
            self._metrics.dropped.inc(dropped)
            self._left_out += dropped if self._stuck else 0
        if self._outbox.starved and self.stream is not None:
            self.stream.renew(self, now)
        self._call()

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
        self._call()
        # A client that does not read cannot hold up its own end.
        asyncio.get_running_loop().call_later(_FLUSH_SECONDS, self._socket.abort)

    def acknowledged(self, number: int) -> None:
        """The client shows the frame of that number."""
        self.tally.acked = number
        self.rate.acked(number, time.monotonic())
        if self._outbox:
            self._call()

    @property
    def waiting_bytes(self) -> int:
        """Bytes of the frames that wait to be sent."""
        return self._outbox.waiting_bytes

    def judge(self, now: float) -> int:
        """The rung of the ladder to be on from `now` on."""
        waited = 0.0
        if self._stuck:  # else what waits here waits for its turn, which is not the client's fault
            oldest = self._outbox.oldest if self._sending is None else self._sending.offered
            waited = 0.0 if oldest is None else now - oldest
        left_out, self._left_out = self._left_out, 0
        return self.rate.step(now, waited, left_out)

    def cut(self) -> None:
        """Cut the connection, whatever waits."""
        self._socket.abort()

    async def send_all(self) -> None:
        """Return once `finish` was called and nothing waits, or once the socket is gone.

        What waits is sent from where it is offered, or in its turn; here a full socket is waited for.
        """
        self._call()
        with suppress(ConnectionError):
            while True:
                await self._halted.wait()
                if self._over:
                    return
                await self._socket.drained()
                self._halted.clear()
                self._sent(time.monotonic())
                self._send()

    @property
    def _stuck(self) -> bool:
        """Whether the socket is full, or acknowledgements are waited for."""
        return self._halted.is_set() or self._holding is not None

    def _call(self) -> None:
        """Send soon: a performer's at once, so that it never waits for those who watch."""
        if self.role == "perform":
            self._send()
        elif not self._called:
            self._called = True
            self._fan.add(self._send)

    def _send(self) -> None:
        self._called = False
        try:
            while self._outbox and not self._halted.is_set():
                now = time.monotonic()
                if (item := self._next(now)) is None:
                    return
                self._write(item, now)
        except ConnectionError:
            self._stop()
        if self.end is not None and not self._halted.is_set():
            self._stop()

    def _next(self, now: float) -> Mapping[str, Any] | Numbered | None:
        held = 0.0 if self.end is not None else self.rate.hold(now)
        item = self._outbox.take(frames=not held)
        if item is None and self._holding is None:
            self._holding = asyncio.get_running_loop().call_later(held, self._held)
        elif item is not None and self._holding is not None:
            self._holding.cancel()
            self._holding = None
        return item

    def _held(self) -> None:
        self._holding = None
        self._call()

    def _write(self, item: Mapping[str, Any] | Numbered, now: float) -> None:
        if isinstance(item, Numbered):
            self._sending = item
            data: str | bytes = item.frame.message(self._encoding, item.number)
        else:
            data = self._encoding.encode(item)
        # It counts as sent before the write, which wakes whoever reads, who may run first on few cores.
        if self._socket.put(data):
            self._sent(now)
        else:
            self._halted.set()

    def _sent(self, now: float) -> None:
        item, self._sending = self._sending, None
        if item is not None:
            self.rate.sent(item.number, now)
            self._metrics.sent(item.frame, item.offered, now, performer=self.role == "perform")
            self.tally.sent(item)

    def _stop(self) -> None:
        self._over = True
        self._halted.set()
