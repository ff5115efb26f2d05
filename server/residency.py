"""Which characters stay on the device: up to a bound in bytes, the least recently used leaves. Pure."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Container


class Residency:
    """Bytes of each resident character, in order of use."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._bytes: OrderedDict[str, int] = OrderedDict()

    def __contains__(self, character: str) -> bool:
        return character in self._bytes

    def __len__(self) -> int:
        return len(self._bytes)

    @property
    def bytes(self) -> int:
        """Bytes of all resident characters."""
        return sum(self._bytes.values())

    def used(self, character: str) -> None:
        """A resident character is used now."""
        self._bytes.move_to_end(character)

    def entered(self, character: str, size: int, pinned: Container[str]) -> list[str]:
        """A character came in; those that leave for it. `pinned` ones are being shown and stay."""
        self._bytes[character] = size
        self._bytes.move_to_end(character)
        leaving = []
        for other in list(self._bytes):
            if self.bytes <= self._limit:
                break
            if other != character and other not in pinned:
                self.left(other)
                leaving.append(other)
        return leaving

    def left(self, character: str) -> None:
        """A character was taken off the device."""
        self._bytes.pop(character, None)
