"""What goes round all clients again and again: figures once a second, and how much each is given."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable

import structlog

from server.client import Client
from server.protocol import ProtocolError, VideoSettings
from server.ratecontrol import STEP_SECONDS, lowered
from server.streams import stream_key

log = structlog.get_logger()

TICK_SECONDS = 1.0
_AT_ONCE = 50


class Rounds:
    """`clients` are all that there are; `restream` changes one's stream, or raises ProtocolError."""

    def __init__(
        self, clients: Iterable[Client], restream: Callable[[Client, VideoSettings], None], max_fps: float
    ) -> None:
        self._clients = clients
        self._restream = restream
        self._max_fps = max_fps

    async def tell(self, sessions: int) -> None:
        """Send everybody the figures of the last second."""
        async for client in self._all():
            watchers = len(client.session.watchers) if client.session else 0
            report = client.tally.report(TICK_SECONDS)
            client.tell({"type": "stats", **report, "sessions": sessions, "watchers": watchers})

    async def pace(self) -> None:
        """Judge everybody, again and again, and give each what it keeps up with."""
        while True:
            await asyncio.sleep(STEP_SECONDS)
            async for client in self._all():
                before = client.rate.rung
                if client.session is not None and client.judge(time.monotonic()) != before:
                    self._move(client, before)

    async def _all(self) -> AsyncIterator[Client]:
        """A few at a time: a frame that is due does not wait for a thousand."""
        for number, client in enumerate(list(self._clients), 1):
            yield client
            if number % _AT_ONCE == 0:
                await asyncio.sleep(0)

    def _move(self, client: Client, before: int) -> None:
        given = lowered(client.video, client.rate.rung)
        if client.stream is None or stream_key(given, self._max_fps) == client.stream.key:
            return
        try:
            self._restream(client, client.video)
        except ProtocolError:
            client.rate.rung = before
            return
        log.info("rate changed", role=client.role, rung=client.rate.rung)
