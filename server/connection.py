"""One WebSocket from its upgrade to its end: the thin shell around `Conversation` and `Client`."""

from __future__ import annotations

import asyncio
import socket as sockets
import struct
import time
from contextlib import suppress
from typing import Any, Protocol

import structlog
from aiohttp import ClientConnectionError, WSMsgType, web

from models.pose import PoseError
from server.access import Access
from server.client import Client
from server.conversation import Conversation, Limits
from server.fan import Fan
from server.metrics import Metrics
from server.protocol import (
    Ack,
    Bye,
    ClientMessage,
    CloseCode,
    Hello,
    Keyframe,
    Ping,
    ProtocolError,
    Set,
    VideoSettings,
)
from server.sessions import Session
from server.settings import Settings
from server.wire import ENCODINGS, choose

log = structlog.get_logger()

_CLOSE_SECONDS = 2.0
# 5 Mbit/s over 100 ms keep 62 kB on their way.
_SEND_BUFFER_BYTES = 64 << 10
# What the kernel may hold beyond what is on its way.
_UNSENT_BYTES = 8 << 10
# Milliseconds: a page that slept is no measure of anything.
_SHOWN_AT_MOST = 60_000
_TEXT, _BINARY = 0x81, 0x82
_INTERNAL = "The server failed at this; its log says why."


class House(Protocol):
    """Where clients go in and out: the server's service, or a relay."""

    settings: Settings
    metrics: Metrics
    access: Access
    fan: Fan

    async def join(self, client: Client, hello: Hello) -> None:
        """Give a client the role that it asks for, and tell it so. Raises ProtocolError, mostly fatal."""
        ...

    def leave(self, client: Client, *, said_bye: bool) -> None:
        """A client is gone."""
        ...

    def restream(self, client: Client, video: VideoSettings) -> None:
        """Change a client's stream. Raises ProtocolError, not fatal, where that cannot be."""
        ...

    def perform(self, client: Client, session: Session, message: ClientMessage) -> None:
        """Do what a performer says. Raises ProtocolError, or PoseError for a pose that is none."""
        ...

    def wake(self) -> None:
        """A client needs another picture."""
        ...


async def accept(request: web.Request, house: House) -> web.StreamResponse:
    """`GET /v1/stream`: upgrade, and serve the client until it or the server ends it."""
    offered = request.headers.get("Sec-WebSocket-Protocol", "")
    encoding = choose([name.strip() for name in offered.split(",")])
    if encoding is None:
        names = " or ".join(encoding.subprotocol for encoding in ENCODINGS)
        return web.Response(status=400, text=f"Offer the WebSocket subprotocol {names}.\n")
    settings = house.settings
    # One message over the limit closes with 1009; no compression, pictures are compressed already.
    socket = _Socket(
        protocols=[encoding.subprotocol],
        compress=False,
        max_msg_size=settings.max_message_bytes,
        timeout=_CLOSE_SECONDS,
    )
    if not socket.can_prepare(request).ok:
        return web.Response(status=426, text="This address speaks WebSocket only.\n")
    await socket.prepare(request)
    _queue_here(request.transport)
    client = Client(socket, encoding, house.metrics, settings.queue_bytes, house.fan)
    limits = Limits(settings.hello_seconds, settings.heartbeat_seconds, settings.messages_per_second)
    conversation = Conversation(encoding, limits, time.monotonic())
    connection = _Connection(socket, client, conversation, house, request.remote)
    if not house.access.admits_origin(request.headers.get("Origin"), request.host):
        message = "Pages of this origin may not connect."
        connection.refuse(ProtocolError("origin", message, close=CloseCode.ORIGIN))
    try:
        await connection.run()
    except Exception:
        # Left to HTTP's own handler, an answer would be written into the WebSocket.
        log.exception("connection failed")
        await socket.close(code=CloseCode.INTERNAL, message=_short(_INTERNAL))
    return socket


def _queue_here(transport: asyncio.Transport | None) -> None:
    """Let frames wait in the outbox, where they may be dropped, and not in the transport or the kernel."""
    if transport is None:
        return
    # Not 0: with TLS, asyncio holds a buffer of 0 bytes to be at that limit, and writes nothing more.
    transport.set_write_buffer_limits(high=1)
    socket = transport.get_extra_info("socket")
    if socket is None or socket.family not in (sockets.AF_INET, sockets.AF_INET6):
        return
    socket.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_NODELAY, 1)
    socket.setsockopt(sockets.SOL_SOCKET, sockets.SO_SNDBUF, _SEND_BUFFER_BYTES)
    if hasattr(sockets, "TCP_NOTSENT_LOWAT"):
        socket.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_NOTSENT_LOWAT, _UNSENT_BYTES)


class _Socket(web.WebSocketResponse):
    """aiohttp's WebSocket that can also be written to without waiting, and cut."""

    def put(self, data: str | bytes) -> bool:
        request = self._req
        if request is None or request.transport is None or request.transport.is_closing():
            raise ConnectionResetError("The connection is gone.")
        request.transport.write(_framed(data))
        return not request.protocol.writing_paused

    async def drained(self) -> None:
        try:
            assert self._payload_writer is not None
            await self._payload_writer.drain()
        except ClientConnectionError as error:
            raise ConnectionResetError("The connection is gone.") from error

    def abort(self) -> None:
        request = self._req
        if request is not None and request.transport is not None:
            request.transport.abort()


def _framed(data: str | bytes) -> bytes:
    """One message as a server sends it (RFC 6455 §5.2): whole, and not masked."""
    kind, body = (_TEXT, data.encode()) if isinstance(data, str) else (_BINARY, data)
    size = len(body)
    if size < 126:
        return bytes((kind, size)) + body
    return (
        struct.pack("!BBH", kind, 126, size) if size < 1 << 16 else struct.pack("!BBQ", kind, 127, size)
    ) + body


class _Connection:
    def __init__(
        self,
        socket: _Socket,
        client: Client,
        conversation: Conversation,
        house: House,
        address: str | None,
    ) -> None:
        self._socket = socket
        self._client = client
        self._conversation = conversation
        self._house = house
        self._address = address
        self._said_bye = False
        self._watchdog: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        self._watch_out()
        sender = asyncio.create_task(self._client.send_all())
        reader = asyncio.create_task(self._read())
        try:
            await asyncio.wait({sender, reader}, return_when=asyncio.FIRST_COMPLETED)
            if self._client.end is not None:
                await sender
                # The reader must be gone before the close, which itself waits for the client's answer.
                await _cancelled(reader)
                code, reason = self._client.end
                await self._socket.close(code=code, message=_short(reason))
        finally:
            self._rest()
            self._house.leave(self._client, said_bye=self._said_bye)
            await asyncio.gather(_cancelled(sender), _cancelled(reader))

    def refuse(self, error: ProtocolError) -> None:
        """Tell the client's mistake; a fatal one is logged, and ends the connection."""
        if error.close is not None:
            said = {"code": error.code, "reason": error.message, "address": self._address}
            log.info("client refused", **said, **self._who())
            self._house.metrics.rejected.labels(error.code).inc()
        self._client.fail(error)

    def _watch_out(self) -> None:
        """End a connection that is silent. One timer, as another for each message would cost more than it."""
        left = self._conversation.deadline - time.monotonic()
        if left <= 0:
            self._client.fail(self._conversation.overdue())
        else:
            self._watchdog = asyncio.get_running_loop().call_later(left, self._watch_out)

    def _rest(self) -> None:
        if self._watchdog is not None:
            self._watchdog.cancel()

    async def _read(self) -> None:
        while self._client.end is None:
            message = await self._socket.receive()
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                return
            await self._take(message.data)

    async def _take(self, raw: str | bytes) -> None:
        try:
            message = self._conversation.receive(raw, time.monotonic())
            if isinstance(message, Hello):
                await self._join(message)
            elif self._client.session is not None:  # else it ended while the message was on its way
                self._act(message, self._client.session)
        except ProtocolError as error:
            self.refuse(error)
        except PoseError as error:
            self.refuse(self._conversation.mistake(ProtocolError("bad_pose", str(error))))
        except Exception:
            log.exception("message failed", **self._who())
            self._client.fail(ProtocolError("internal", _INTERNAL, close=CloseCode.INTERNAL))
        else:
            self._conversation.accepted()

    async def _join(self, hello: Hello) -> None:
        self._rest()  # to load a character may take longer than a hello
        try:
            await self._house.join(self._client, hello)
            self._conversation.role = hello.role
        finally:
            self._watch_out()

    def _act(self, message: ClientMessage, session: Session) -> None:
        match message:
            case Set():
                self._set(message, session)
            case Keyframe():
                if self._client.stream is not None:
                    self._client.stream.renew(self._client, time.monotonic())
                self._house.wake()
            case Ack():
                self._acknowledged(message)
            case Ping():
                self._client.tell(_pong(message))
            case Bye():
                self._said_bye = True
                self._client.finish(CloseCode.DONE, "bye")
            case _:
                self._house.perform(self._client, session, message)

    def _acknowledged(self, message: Ack) -> None:
        self._client.acknowledged(message.frame)
        if message.shown_ms is not None and message.shown_ms <= _SHOWN_AT_MOST:
            self._house.metrics.shown.observe(message.shown_ms / 1e3)

    def _set(self, message: Set, session: Session) -> None:
        if message.video is not None:
            self._house.restream(self._client, self._client.video.changed(message.video))
        if self._client.role == "perform":
            self._house.perform(self._client, session, message)
        elif any(asked is not None for asked in (message.idle, message.tracking, message.expression)):
            raise ProtocolError("not_allowed", "A watcher may set its own `video` only.")

    def _who(self) -> dict[str, Any]:
        session = self._client.session
        return {"session": session.id} if session else {}


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError, ConnectionError):
        await task


def _short(reason: str) -> bytes:
    # A close frame holds 123 bytes of reason.
    return reason.encode()[:123].decode(errors="ignore").encode()


def _pong(message: Ping) -> dict[str, Any]:
    pong: dict[str, Any] = {"type": "pong", "server_time": 1e3 * time.time()}
    if message.time is not None:
        pong["time"] = message.time
    return pong
