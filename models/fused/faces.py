"""Where faces stand that were drawn lately, so that one whose pose stayed is not drawn again. Pure."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Sequence


class Faces:
    """Places 0 up to `room`, each of the face put there last. What was used longest ago gives way."""

    def __init__(self, room: int) -> None:
        self.room = room
        self._places: OrderedDict[Hashable, int] = OrderedDict()

    def places(self, faces: Sequence[Hashable]) -> tuple[list[int], list[int]]:
        """The place of each of these faces, and which of them, by number, have to be drawn first.

        A face that is named twice has one place, and is drawn once. Raises ValueError for more different
        faces than there is room for.
        """
        if len(set(faces)) > self.room:
            raise ValueError("There are more faces than places.")
        for face in faces:
            if face in self._places:
                self._places.move_to_end(face)
        new = []
        for number, face in enumerate(faces):
            if face not in self._places:
                new.append(number)
                self._places[face] = self._free()
        return [self._places[face] for face in faces], new

    def forget(self) -> None:
        """Take nothing for drawn any more."""
        self._places.clear()

    def _free(self) -> int:
        if len(self._places) < self.room:
            return len(self._places)
        return self._places.popitem(last=False)[1]
