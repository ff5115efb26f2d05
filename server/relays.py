"""Where watchers are sent: the relays that answer, in turn."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from urllib.parse import urlsplit

import aiohttp
import structlog

from server.settings import SettingsError
from server.upstream import answers

log = structlog.get_logger()

_ASKED_SECONDS = 2.0


class Relays:
    """The relays of a server. Raises SettingsError for an address that is none."""

    def __init__(self, addresses: Sequence[str]) -> None:
        for address in addresses:
            parts = urlsplit(address)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise SettingsError(f"The relay {address!r} is no address such as http://host:8766.")
        self._addresses = [address.rstrip("/") for address in addresses]
        self._ready: list[str] = []
        self._turn = 0

    def next(self) -> str | None:
        """The address whose turn it is; None where no relay is ready."""
        if not self._ready:
            return None
        self._turn += 1
        return self._ready[self._turn % len(self._ready)]

    async def look(self) -> None:
        """Ask them again and again whether they are ready."""
        if not self._addresses:
            return
        async with aiohttp.ClientSession() as http:
            while True:
                # Whose certificate it is does not matter for this: watchers look at it themselves.
                found = await asyncio.gather(
                    *(answers(http, f"{one}/readyz", tls=False) for one in self._addresses)
                )
                ready = [
                    address for address, answered in zip(self._addresses, found, strict=True) if answered
                ]
                if ready != self._ready:
                    log.info("relays ready", relays=ready)
                self._ready = ready
                await asyncio.sleep(_ASKED_SECONDS)
