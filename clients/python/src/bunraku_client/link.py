"""One WebSocket connection to a server, from `hello` to its close."""

import asyncio
from collections.abc import Sequence
from typing import NoReturn, Self

import aiohttp

from bunraku_client.address import UNTRUSTED, Address
from bunraku_client.errors import Bye, ConnectionLost, ServerError, UnreachableError, UntrustedError
from bunraku_client.welcome import Welcome
from bunraku_client.wire import Message, decode, encode, field, optional

_OPEN_SECONDS = 15
_CLOSE_SECONDS = 2
_MOST_BYTES = 16 << 20
_CUT = 1006


class Link:
    """An open connection that has been welcomed; it ends once and is then thrown away.

    Whatever ends it is raised by `receive` as one `EndError`: `ServerError` where the server gave a fatal
    error, else `ConnectionLost`; either carries the server's `bye` if there was one.
    """

    welcome: Welcome

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, subprotocol: str) -> None:
        self.subprotocol = subprotocol
        self._socket = socket
        self._bye: Bye | None = None
        self._error: Message | None = None

    @classmethod
    async def open(
        cls, http: aiohttp.ClientSession, address: Address, hello: Message, offered: Sequence[str]
    ) -> Self:
        """Connect, say `hello` and wait for the `welcome`.

        Raises `UnreachableError` where no WebSocket can be had, else what `receive` raises.
        """
        try:
            async with asyncio.timeout(_OPEN_SECONDS):
                return await cls._greet(await _connect(http, address, offered), address, hello)
        except TimeoutError as error:
            raise UnreachableError(
                f"{address.host} did not answer within {_OPEN_SECONDS} seconds."
            ) from error

    @classmethod
    async def _greet(cls, socket: aiohttp.ClientWebSocketResponse, address: Address, hello: Message) -> Self:
        try:
            if socket.protocol is None:
                raise UnreachableError(f"{address.host} does not speak the protocol of this client.")
            link = cls(socket, socket.protocol)
            await link.send(hello)
            link.welcome = Welcome.read(await link._answer())
            return link
        except BaseException:
            await socket.close()
            raise

    async def send(self, message: Message) -> None:
        """Send one message; raises `ConnectionLost`."""
        raw = encode(message, self.subprotocol)
        try:
            if isinstance(raw, str):
                await self._socket.send_str(raw)
            else:
                await self._socket.send_bytes(raw)
        except (ConnectionError, RuntimeError, aiohttp.ClientError) as error:
            raise ConnectionLost("The connection is closed.", close_code=_CUT) from error

    async def receive(self, silence_seconds: float | None = None) -> Message:
        """The next message; raises an `EndError` at the end or after so long a silence, or `WireError`."""
        try:
            raw = await self._socket.receive(silence_seconds)
        except TimeoutError as error:
            sentence = f"The server was silent for {silence_seconds:g} seconds."
            raise ConnectionLost(sentence, close_code=_CUT) from error
        if raw.type not in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
            self._raise_end(str(raw.extra or ""))
        message = decode(raw.data, self.subprotocol)
        self._note_end(message)
        return message

    async def close(self) -> None:
        """Close the socket, if it is open; never raises."""
        await self._socket.close()

    async def _answer(self) -> Message:
        while (message := await self.receive())["type"] != "welcome":
            # After a fatal error the close follows and tells more; any other leaves `hello` unanswered.
            if message["type"] == "error" and self._error is None:
                raise read_error(message)
        return message

    def _note_end(self, message: Message) -> None:
        if message["type"] == "bye":
            self._bye = _read_bye(message)
        elif message["type"] == "error" and message.get("fatal"):
            self._error = message

    def _raise_end(self, reason: str) -> NoReturn:
        code = self._socket.close_code or _CUT
        if self._error is not None:
            raise read_error(self._error, close_code=code, bye=self._bye)
        said = (self._bye.reason if self._bye else "") or reason or "without a reason"
        raise ConnectionLost(f"The connection ended: {said} ({code}).", close_code=code, bye=self._bye)


def read_error(message: Message, *, close_code: int | None = None, bye: Bye | None = None) -> ServerError:
    """The exception for a message `error`; raises `WireError` where that is malformed."""
    return ServerError(
        field(message, "code", str),
        field(message, "message", str),
        optional(message, "retry_after", float),
        close_code=close_code,
        bye=bye,
    )


def _read_bye(message: Message) -> Bye:
    return Bye(
        reason=str(message.get("reason", "")),
        reconnect=bool(message.get("reconnect", False)),
        after=optional(message, "after", float),
        url=optional(message, "url", str),
    )


async def _connect(
    http: aiohttp.ClientSession, address: Address, offered: Sequence[str]
) -> aiohttp.ClientWebSocketResponse:
    try:
        return await http.ws_connect(
            address.stream,
            protocols=offered,
            max_msg_size=_MOST_BYTES,
            ssl=address.tls,
            timeout=aiohttp.ClientWSTimeout(ws_close=_CLOSE_SECONDS),
        )
    except aiohttp.WSServerHandshakeError as error:
        sentence = f"{address.host} refused the connection with HTTP {error.status}."
        raise UnreachableError(sentence) from error
    except UNTRUSTED as error:
        raise UntrustedError(address.host) from error
    except (aiohttp.ClientError, OSError) as error:
        raise UnreachableError(f"No server answers at {address.host}.") from error
