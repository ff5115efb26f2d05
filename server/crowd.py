"""Watchers of one session, in a process of their own and as light as can be: nothing is looked at."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import select
import selectors
import socket
import struct
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import random
from typing import cast
from urllib.parse import SplitResult, urlsplit

from server.settings import SettingsError

_READY = "all there\n"
_AT_ONCE = 100
_BUFFER = bytearray(1 << 18)
_PAUSE_SECONDS = 0.02
_ACKNOWLEDGED_SECONDS = 0.15
_BINARY, _LONG = 2, 126
# How the JSON of a frame begins.
_NUMBER = b'{"frame":'
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


class _Watcher:
    """Shakes hands, says hello, waits for a picture, and then counts as shown whatever comes.

    Raises OSError where the server ends it.
    """

    def __init__(self, where: SplitResult, hello: bytes) -> None:
        self.socket = socket.create_connection((where.hostname, where.port or 80))
        self.shown = False
        self._hello, self._greeted, self._begun = hello, False, bytearray()
        self._acknowledged = time.monotonic() + _ACKNOWLEDGED_SECONDS * random()  # not all of them at once
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET /v1/stream HTTP/1.1\r\nHost: {where.netloc}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Protocol: bunraku.v1.json\r\n\r\n".encode()
        )

    def read(self, now: float) -> None:
        """Take what has come."""
        count = self.socket.recv_into(_BUFFER)
        if not count:
            raise ConnectionResetError("The server closed the connection.")
        if not self._greeted:
            self._greeted = True
            self.socket.sendall(self._hello)
        elif not self.shown:
            self._begun += _BUFFER[:count]
            self.shown = _has_picture(self._begun)
        elif now - self._acknowledged >= _ACKNOWLEDGED_SECONDS:
            self._acknowledge(count, now)

    def _acknowledge(self, count: int, now: float) -> None:
        """The newest frame of so many bytes, as often as pages that watch do."""
        at = _BUFFER.rfind(_NUMBER, 0, count)
        if at >= 0:
            start = at + len(_NUMBER)
            number = int(_BUFFER[start : _BUFFER.index(b",", start)])
            self.socket.sendall(_masked(b'{"type":"ack","frame":%d}' % number))
            self._acknowledged = now


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


def _masked(text: bytes) -> bytes:
    """A text message as clients send it; a mask of nothing changes nothing."""
    size = len(text)
    length = bytes((0x80 | size,)) if size < _LONG else struct.pack("!BH", 0x80 | _LONG, size)
    return b"\x81" + length + bytes(4) + text


def _watch(address: str, session: str, count: int, video: dict[str, object]) -> None:
    hello = {"type": "hello", "role": "watch", "session": session, "video": video}
    greeting, where = _masked(json.dumps(hello).encode()), urlsplit(address)
    coming: list[_Watcher] = []
    with selectors.DefaultSelector() as selector:
        # Whoever waits for a frame is woken by it, in the midst of the server's own work: so nobody waits.
        while not select.select([sys.stdin], [], [], _PAUSE_SECONDS)[0]:
            for _ in range(min(count, _AT_ONCE - len(coming))):
                coming.append(_Watcher(where, greeting))
                selector.register(coming[-1].socket, selectors.EVENT_READ, coming[-1])
                count -= 1
            now = time.monotonic()
            for key, _ in selector.select(0):
                cast(_Watcher, key.data).read(now)
            if coming:
                coming = [watcher for watcher in coming if not watcher.shown]
                if not coming and not count:
                    sys.stdout.write(_READY)
                    sys.stdout.flush()


def main(arguments: list[str]) -> None:
    """Watch until standard input ends: an address, a session, a number of watchers, and `video` as JSON."""
    os.nice(_NICE)
    address, session, count, video = arguments
    _watch(address, session, int(count), json.loads(video))


if __name__ == "__main__":
    main(sys.argv[1:])
