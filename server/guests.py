"""The clients that are here, and their leaving when the house closes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from server.client import Client
from server.protocol import CloseCode

REJOIN_AFTER = 1.0
"""Seconds after which who was sent away may try again."""


class Guests:
    """All clients that have a role."""

    def __init__(self) -> None:
        self._clients: set[Client] = set()
        self._left = asyncio.Event()

    def __iter__(self) -> Iterator[Client]:
        return iter(list(self._clients))

    def __len__(self) -> int:
        return len(self._clients)

    def add(self, client: Client) -> None:
        """A client has come."""
        self._clients.add(client)

    def discard(self, client: Client) -> None:
        """A client is gone, if it was here."""
        self._clients.discard(client)
        self._left.set()

    async def dismiss(self) -> None:
        """Say `bye` to everybody, and wait until they are gone."""
        bye = {"type": "bye", "reason": "draining", "reconnect": True, "after": REJOIN_AFTER}
        for client in self:
            client.finish(CloseCode.DRAINING, "draining", bye)
        while self._clients:
            self._left.clear()
            await self._left.wait()

    def cut(self) -> None:
        """Cut off who is still here."""
        for client in self:
            client.cut()
