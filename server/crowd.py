"""Watchers of one session, in a process of their own and as light as can be: they read, and count bytes."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import struct
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from server.settings import SettingsError

_READY = "all there\n"
_AT_ONCE = 100
_BUFFER = bytearray(1 << 18)
_BINARY, _LONG = 2, 126
# Other machines' work, which takes no time of this one.
_NICE = 19


@asynccontextmanager
async def crowd(address: str, session: str, count: int, video: dict[str, object]) -> AsyncIterator[None]:
    """So many watchers while the block runs, each of which has had a picture. SettingsError otherwise."""
    if not count:
        yield
        return
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "server.crowd", address, session, str(count), json.dumps(video)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parent.parent,
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        if (await process.stdout.readline()).decode() != _READY:
            raise SettingsError(f"The server did not take {count} watchers.")
        yield
    finally:
        process.stdin.close()
        await process.wait()


class _Watcher(asyncio.BufferedProtocol):
    """Shakes hands, says hello, and reads into a buffer that nobody looks at."""

    def __init__(self, host: str, hello: bytes) -> None:
        self.shown = asyncio.get_running_loop().create_future()
        self._host, self._hello = host, hello
        self._transport: asyncio.Transport
        self._greeted = False
        self._begun = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are none of asyncio's classes.
        self._transport = cast(asyncio.Transport, transport)
        key = base64.b64encode(os.urandom(16)).decode()
        self._transport.write(
            f"GET /v1/stream HTTP/1.1\r\nHost: {self._host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Protocol: bunraku.v1.json\r\n\r\n".encode()
        )

    def get_buffer(self, sizehint: int) -> bytearray:
        return _BUFFER

    def buffer_updated(self, nbytes: int) -> None:
        if not self._greeted:
            self._greeted = True
            self._transport.write(self._hello)
        elif not self.shown.done():
            self._begun += _BUFFER[:nbytes]
            if _has_picture(self._begun):
                self.shown.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.shown.done():
            self.shown.set_exception(ConnectionResetError("The server closed the connection."))


def _has_picture(stream: bytearray) -> bool:
    """Whether a binary message begins in what a server sent (RFC 6455 §5.2)."""
    at = 0
    while at + 10 <= len(stream):
        if stream[at] & 0x0F == _BINARY:
            return True
        size, head = stream[at + 1], 2
        if size == _LONG:
            size, head = int.from_bytes(stream[at + 2 : at + 4]), 4
        at += head + size
    return False


def _masked(text: str) -> bytes:
    """A text message as clients send it; a mask of nothing changes nothing."""
    data = text.encode()
    return struct.pack("!BBH4x", 0x81, 0x80 | _LONG, len(data)) + data


async def _watch(address: str, session: str, count: int, video: dict[str, object]) -> None:
    where = urlsplit(address)
    hello = _masked(json.dumps({"type": "hello", "role": "watch", "session": session, "video": video}))
    assert len(hello) > _LONG  # the length has its own two bytes only then
    loop, turns = asyncio.get_running_loop(), asyncio.Semaphore(_AT_ONCE)

    async def come() -> asyncio.BaseTransport:
        async with turns:
            transport, watcher = await loop.create_connection(
                lambda: _Watcher(where.netloc, hello), where.hostname or "", where.port or 80
            )
            await watcher.shown
            return transport

    transports = await asyncio.gather(*(come() for _ in range(count)))
    sys.stdout.write(_READY)
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.read)
    for transport in transports:
        transport.close()


def main(arguments: list[str]) -> None:
    """Watch until standard input ends: an address, a session, a number of watchers, and `video` as JSON."""
    import uvloop

    os.nice(_NICE)
    address, session, count, video = arguments
    uvloop.run(_watch(address, session, int(count), json.loads(video)))


if __name__ == "__main__":
    main(sys.argv[1:])
