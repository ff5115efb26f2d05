"""What goes round all clients again and again: figures once a second, and what each is given."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence

import structlog

from server.client import Client
from server.protocol import ProtocolError, VideoSettings
from server.ratecontrol import STEP_SECONDS
from server.sessions import Session
from server.streams import StreamKey

log = structlog.get_logger()

TICK_SECONDS = 1.0
_AT_ONCE = 50
_JUDGED = 16
"""Sessions whose size is judged in one round."""


class Rounds:
    """`clients` are all that there are; `given` says which stream one is to have now, and `restream` changes
    it, or raises ProtocolError.
    """

    def __init__(
        self,
        clients: Iterable[Client],
        given: Callable[[Client], StreamKey | None],
        restream: Callable[[Client, VideoSettings], None],
    ) -> None:
        self._clients = clients
        self._given = given
        self._restream = restream
        self._turn = 0

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
                if client.session is None or client.judge(time.monotonic()) == before:
                    continue
                if self._moved(client):
                    log.info("rate changed", role=client.role, rung=client.rate.rung)
                else:
                    client.rate.rung = before

    async def fit(self, sessions: Sequence[Session], refit: Callable[[Session], bool]) -> None:
        """Judge how large sessions are drawn, each of them in its turn: one looks at all that is drawn."""
        turns = -(-len(sessions) // _JUDGED) or 1
        self._turn += 1
        for session in sessions[self._turn % turns :: turns]:
            if refit(session):
                await self._resize(session)

    async def _resize(self, session: Session) -> None:
        assert session.fitting is not None
        log.info("size changed", session=session.id, size=session.fitting.size)
        async for client in self._all():
            if client.session is session and client.video.fit:
                self._moved(client)

    async def _all(self) -> AsyncIterator[Client]:
        """A few at a time: a frame that is due does not wait for a thousand."""
        for number, client in enumerate(list(self._clients), 1):
            yield client
            if number % _AT_ONCE == 0:
                await asyncio.sleep(0)

    def _moved(self, client: Client) -> bool:
        """Give a client the stream that it is to have; False where there is no room for it."""
        if client.stream is None or self._given(client) == client.stream.key:
            return True
        try:
            self._restream(client, client.video)
        except ProtocolError:
            return False
        return True
