"""Characters on the device: brought in when shown, taken off when others need the room."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter, defaultdict
from collections.abc import Callable, Container

import structlog

from models.character import CharacterError
from server.device import Device
from server.load import CostModel
from server.protocol import CloseCode, ProtocolError
from server.registry import Changes, Registry
from server.residency import Residency
from server.warmup import warm_up

log = structlog.get_logger()


class Residents:
    """Keeps what is shown on the device. `shown` gives the ids of the characters that sessions show."""

    def __init__(
        self,
        registry: Registry,
        device: Device,
        cost: CostModel,
        limit: int,
        shown: Callable[[], Container[str]],
    ) -> None:
        self._registry = registry
        self._device = device
        self._cost = cost
        self._residency = Residency(limit)
        self._shown = shown
        self._coming: Counter[str] = Counter()
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def __contains__(self, character: str) -> bool:
        return character in self._residency

    def __len__(self) -> int:
        return len(self._residency)

    @property
    def bytes(self) -> int:
        """Bytes that the resident characters take on the device."""
        return self._residency.bytes

    async def bring(self, character: str) -> None:
        """Make a character resident; it stays at least until the caller's next await.

        Raises ProtocolError `no_character` (4004) where it is unknown or its files have gone bad.
        """
        self._coming[character] += 1
        try:
            async with self._turns[character]:
                if character in self._residency:
                    self._residency.used(character)
                else:
                    await self._load(character)
        except (KeyError, CharacterError) as error:
            reason = str(error) if isinstance(error, CharacterError) else ""
            raise unknown_character(character, reason) from None
        finally:
            self._coming[character] -= 1

    async def rehearse(self) -> None:
        """Bring one character of every kind, so that what each kind costs is known before anybody comes."""
        for entry in {entry.kind: entry for entry in self._registry.entries()}.values():
            if not self._cost.knows(entry.kind):
                with contextlib.suppress(ProtocolError):  # its files have gone bad: whoever asks is told
                    await self.bring(entry.id)

    async def follow(self, changes: Changes) -> None:
        """Draw changed characters anew from now on, and forget removed ones."""
        for character in changes.removed:
            await self.drop(character)
        for character in changes.changed:
            async with self._turns[character]:
                if character in self._residency:
                    await self._reload(character)

    async def drop(self, character: str) -> None:
        """Take a character off the device."""
        async with self._turns[character]:
            if character in self._residency:
                self._residency.left(character)
                await self._device.unload(character)

    async def _load(self, character: str) -> None:
        loaded = await asyncio.to_thread(self._registry.load, character)
        size = await self._device.load(loaded)
        if not self._cost.knows(loaded.kind):
            await warm_up(self._device, self._cost, loaded)
        leaving = self._residency.entered(character, size, _Either(self._shown(), +self._coming))
        log.info("character resident", character=character, bytes=size, leaving=leaving)
        for other in leaving:
            await self._device.unload(other)

    async def _reload(self, character: str) -> None:
        try:
            await self._load(character)
        except (KeyError, CharacterError) as error:
            # What is on the device is still good; the sessions that show it go on.
            log.warning("character not reloaded", character=character, reason=str(error))


class _Either:
    def __init__(self, *parts: Container[str]) -> None:
        self._parts = parts

    def __contains__(self, item: object) -> bool:
        return any(item in part for part in self._parts)


def unknown_character(character: str, reason: str = "") -> ProtocolError:
    """The error for a character that cannot be shown."""
    return ProtocolError(
        "no_character", reason or f"There is no character {character!r}.", close=CloseCode.NOT_FOUND
    )
