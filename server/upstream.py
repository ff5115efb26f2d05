"""The server behind a relay, and what it sends to one of its watchers."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import msgspec
import structlog

from server.guests import REJOIN_AFTER
from server.protocol import CloseCode, ProtocolError
from server.settings import SettingsError
from server.wire import MsgpackEncoding

log = structlog.get_logger()

_ENCODING = MsgpackEncoding()
# A frame of 512 by 512 is a MiB as it stands.
_LARGEST_BYTES = 16 << 20
_OPENING_SECONDS = 5.0
# Figures come every second, whatever else does.
_SILENT_SECONDS = 10.0
_PAUSES = (0.1, 0.5, 1.0, 2.0, 4.0)
_ASKED_AGAIN_SECONDS = 2.0
_ANSWER_SECONDS = 2.0
_FINGERPRINT = re.compile(r"sha256=((?:[0-9a-f]{2}:?){32})", re.IGNORECASE)
_FOR_GOOD = (
    CloseCode.DONE, CloseCode.PROTOCOL_ERROR, CloseCode.UNAUTHORISED, CloseCode.ORIGIN, CloseCode.NOT_FOUND,
    CloseCode.FULL,
)  # fmt: skip


class Welcome(msgspec.Struct, frozen=True):
    """`welcome`, as far as a relay hands it on."""

    session: str
    character: dict[str, Any]
    video: dict[str, Any]
    pose: dict[str, Any]
    idle: bool
    heartbeat_seconds: float


class Config(msgspec.Struct, frozen=True):
    """`config`: another stream begins."""

    video: dict[str, Any]


class Picture(msgspec.Struct, frozen=True):
    """`frame`."""

    key: bool
    stages: dict[str, float]
    data: bytes
    seq: int | None = None
    time: float | None = None


class Error(msgspec.Struct, frozen=True):
    """`error`."""

    code: str
    message: str
    fatal: bool
    retry_after: float | None = None


class Bye(msgspec.Struct, frozen=True):
    """`bye`."""

    reason: str
    reconnect: bool


Heard = Welcome | Config | Picture
_KINDS: Mapping[str, Any] = {
    "welcome": Welcome,
    "config": Config,
    "frame": Picture,
    "error": Error,
    "bye": Bye,
}


@dataclass(frozen=True)
class End:
    """Why a stream is over; `bye` where the server said so in good order."""

    error: ProtocolError
    bye: Mapping[str, Any] | None = None


def ended(last: Error | Bye | None, code: int | None) -> End | None:
    """What the last words and the close code mean; None where one had better try again. Pure."""
    match last:
        case Bye(reconnect=False):
            error = ProtocolError("no_session", last.reason, close=code or CloseCode.DONE)
            return End(error, {"type": "bye", "reason": last.reason, "reconnect": False})
        case Error() if code in _FOR_GOOD or not last.fatal:
            close = code if last.fatal else None
            return End(ProtocolError(last.code, last.message, close=close, retry_after=last.retry_after))
        case _:
            return None


class Upstream:
    """The server behind a relay.

    address: `http://host:port`, or https, which may end in `#sha256=` and the fingerprint of a certificate
    that no system vouches for. Raises SettingsError for anything else.
    """

    def __init__(self, address: str, http: aiohttp.ClientSession) -> None:
        parts = urlsplit(address)
        found = _FINGERPRINT.fullmatch(parts.fragment)
        trusted = found is not None and parts.scheme == "https"
        if parts.scheme not in ("http", "https") or not parts.hostname or bool(parts.fragment) != trusted:
            raise SettingsError(
                f"{address!r} is not the address of a server, such as http://127.0.0.1:8765 or "
                "https://host:8765#sha256=FINGERPRINT."
            )
        self._base = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
        self._tls = aiohttp.Fingerprint(bytes.fromhex(found[1].replace(":", ""))) if found else True
        self._http = http
        self._answered = False
        self._asked = -_ASKED_AGAIN_SECONDS

    async def answers(self) -> bool:
        """Whether the server lives, as of the last two seconds."""
        now = time.monotonic()
        if now - self._asked >= _ASKED_AGAIN_SECONDS:
            self._asked = now
            self._answered = await answers(self._http, f"{self._base}/healthz", self._tls)
        return self._answered

    async def connect(self) -> aiohttp.ClientWebSocketResponse:
        """A connection for one more watcher. Raises aiohttp's errors, OSError or TimeoutError."""
        async with asyncio.timeout(_OPENING_SECONDS):
            return await self._http.ws_connect(
                f"{self._base}/v1/stream",
                protocols=[_ENCODING.subprotocol],
                max_msg_size=_LARGEST_BYTES,
                ssl=self._tls,
            )


async def answers(http: aiohttp.ClientSession, address: str, tls: bool | aiohttp.Fingerprint) -> bool:
    """Whether there is an answer of 200 at an address. `tls` is aiohttp's `ssl`."""
    with suppress(aiohttp.ClientError, TimeoutError, OSError):
        timeout = aiohttp.ClientTimeout(total=_ANSWER_SECONDS)
        async with http.get(address, ssl=tls, timeout=timeout) as response:
            return response.status == 200
    return False


class Pull:
    """What one watcher is sent, connected anew where the connection breaks.

    hello: its fields, without `type` and `role`. hear: is given what comes. patience: seconds for which a
    broken connection is tried again.
    """

    def __init__(
        self,
        upstream: Upstream,
        hello: Mapping[str, Any],
        hear: Callable[[Heard], None],
        patience: float,
    ) -> None:
        self._upstream = upstream
        self._hello = {**hello, "type": "hello", "role": "watch", "relay": True}
        self._hear = hear
        self._patience = patience
        self._heard: float | None = None
        self._wanting = asyncio.Event()

    def want_keyframe(self) -> None:
        """Ask for a frame that can stand alone."""
        self._wanting.set()

    async def run(self) -> End:
        """Hear until the server ends it or cannot be reached any more; why it is over."""
        tries = 0
        while True:
            before = self._heard
            if (end := await self._once()) is not None:
                return end
            if self._heard is None or time.monotonic() - self._heard > self._patience:
                return End(
                    ProtocolError(
                        "not_ready",
                        "The server behind this relay does not answer.",
                        close=CloseCode.DRAINING,
                        retry_after=REJOIN_AFTER,
                    )
                )
            tries = 0 if self._heard != before else tries + 1
            await asyncio.sleep(_PAUSES[min(tries, len(_PAUSES) - 1)])

    async def _once(self) -> End | None:
        """One connection, from its hello to its end; None where it broke."""
        try:
            async with await self._upstream.connect() as socket:
                self._wanting.clear()
                await socket.send_bytes(_ENCODING.encode(self._hello))
                return await self._listen(socket)
        except (aiohttp.ClientError, TimeoutError, OSError, ProtocolError, msgspec.ValidationError) as error:
            log.info("server behind this relay lost", reason=str(error) or type(error).__name__)
            return None

    async def _listen(self, socket: aiohttp.ClientWebSocketResponse) -> End | None:
        speaking: asyncio.Task[None] | None = None
        last: Error | Bye | None = None
        try:
            while True:
                message = await socket.receive(timeout=_SILENT_SECONDS)
                if message.type is not aiohttp.WSMsgType.BINARY:
                    return ended(last, socket.close_code)
                match heard := _heard(message.data):
                    case Error() | Bye():
                        last = heard
                        if speaking is None and isinstance(heard, Error) and not heard.fatal:
                            return ended(last, None)  # the hello was not taken
                    case Welcome():
                        speaking = asyncio.create_task(self._speak(socket, heard.heartbeat_seconds))
                        self._take(heard)
                    # Nothing is acknowledged: while a thousand join here that would come late, and the server
                    # would give all of them less. A link that is too slow shows in what waits there.
                    case Config() | Picture():
                        self._take(heard)
        finally:
            if speaking is not None:
                speaking.cancel()
                await asyncio.gather(speaking, return_exceptions=True)

    def _take(self, heard: Heard) -> None:
        self._heard = time.monotonic()
        self._hear(heard)

    async def _speak(self, socket: aiohttp.ClientWebSocketResponse, heartbeat: float) -> None:
        while True:
            kind = "keyframe"
            try:
                await asyncio.wait_for(self._wanting.wait(), heartbeat)
            except TimeoutError:
                kind = "ping"
            self._wanting.clear()
            await socket.send_bytes(_ENCODING.encode({"type": kind}))


def _heard(data: bytes) -> Heard | Error | Bye | None:
    """One message; None for a kind that a relay has no use for. Raises ProtocolError or ValidationError."""
    fields = _ENCODING.decode(data)
    kind = _KINDS.get(fields.get("type", "")) if isinstance(fields, dict) else None
    return None if kind is None else msgspec.convert(fields, kind)
