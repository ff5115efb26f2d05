"""A link that is slow, far, lossy or cut, between a real client and a real server on this machine.

A proxy shapes what passes, since not every machine lets a program shape its network. It holds no more
than a router would: what it does not take in waits with its sender, whose TCP feels it.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

_PACKET = 1448
# What a home router keeps before it lets the sender feel the link.
_QUEUE_BYTES = 32 << 10
_NAP = 0.01


@dataclass(frozen=True)
class Shape:
    """What the link is like. `bits`: a second, both ways. `delay`: seconds there and back.

    `loss`: share of packets that are lost. TCP sends them again: what follows waits for one more round trip.
    """

    bits: float
    delay: float = 0.0
    loss: float = 0.0
    cut: bool = False


class Link:
    """The proxy's present shape, which may be changed while it carries."""

    def __init__(self, shape: Shape, seed: int = 0) -> None:
        self.shape = shape
        self._chance = random.Random(seed)

    @asynccontextmanager
    async def carrying(self, host: str, port: int) -> AsyncIterator[tuple[str, int]]:
        """Carry between clients of the address given and the server at `host` and `port`."""
        tasks: set[asyncio.Task[None]] = set()

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            far = await self._far_side(host, port)
            for pair in ((reader, far[1]), (far[0], writer)):
                tasks.add(asyncio.create_task(self._carry(*pair)))

        server = await asyncio.start_server(connected, "127.0.0.1", 0, limit=_QUEUE_BYTES)
        try:
            yield server.sockets[0].getsockname()[:2]
        finally:
            server.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _far_side(self, host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        near = socket.socket()
        near.setblocking(False)
        # Before it connects: it bounds the window that is offered to the server.
        near.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _QUEUE_BYTES // 2)
        await asyncio.get_running_loop().sock_connect(near, (host, port))
        return await asyncio.open_connection(sock=near, limit=_QUEUE_BYTES // 2)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        arriving = asyncio.create_task(_arrive(under_way, writer))
        free = loop.time()
        try:
            while packet := await reader.read(_PACKET):
                while self.shape.cut:
                    await asyncio.sleep(_NAP)
                    free = loop.time()
                free = max(free, loop.time()) + 8 * len(packet) / self.shape.bits
                if self._chance.random() < self.shape.loss:
                    free += self.shape.delay
                # Sleeps are coarse: what is due within one is let through.
                if free - loop.time() > _NAP:
                    await asyncio.sleep(free - loop.time())
                under_way.put_nowait((free + self.shape.delay / 2, packet))
        finally:
            under_way.put_nowait((loop.time() + self.shape.delay / 2, b""))
            with contextlib.suppress(ConnectionError):
                await arriving


async def _arrive(under_way: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
    loop = asyncio.get_running_loop()
    try:
        while True:
            due, packet = await under_way.get()
            await asyncio.sleep(due - loop.time())
            if not packet:
                return
            writer.write(packet)
            await writer.drain()
    finally:
        writer.close()
