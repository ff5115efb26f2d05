"""What was made lately, kept so that it need not be made again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """Values of many owners: those of the `room` keys that were asked for last."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._values: OrderedDict[tuple[str, Key], Value] = OrderedDict()

    def get(self, owner: str, key: Key, make: Callable[[], Value]) -> Value:
        """An owner's value of a key, made where it is not kept."""
        place = owner, key
        if place not in self._values:
            self._values[place] = make()
        self._values.move_to_end(place)
        if len(self._values) > self._room:
            self._values.popitem(last=False)
        return self._values[place]

    def forget(self, owner: str) -> None:
        """Keep no value of an owner."""
        for place in [place for place in self._values if place[0] == owner]:
            del self._values[place]
