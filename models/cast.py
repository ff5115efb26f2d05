"""One engine for characters of every kind: each is drawn by the engine of its kind."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from models.engine import Drawer, Engine, Request
from models.folders import AnyCharacter
from models.puppet.character import PuppetCharacter
from models.puppet.engine import PuppetEngine
from models.teachers.character import TeacherCharacter
from models.teachers.engine import TeacherEngine
from models.teachers.running import Running


class Cast:
    """Draws students by the engine that it is given, and puppets and pictures with a teacher beside it.

    `teachers` is the folder that holds the full systems' folders; `running` says how those run. Pictures lie
    on the students' device, whatever drew them.
    """

    def __init__(
        self, students: Engine, teachers: Path = Path("teachers"), running: Running | None = None
    ) -> None:
        self._students = students
        self._puppets = PuppetEngine()
        self._teachers = TeacherEngine(teachers, students.device, running)
        self._drawers: dict[str, Drawer] = {}

    @property
    def name(self) -> str:
        """The name of the engine that draws the students."""
        return self._students.name

    @property
    def device(self) -> torch.device:
        """The students' device."""
        return self._students.device

    def load(self, character: AnyCharacter) -> int:
        """Make a character ready, replacing one of that id, of whatever kind; the bytes that it takes.

        Raises CharacterError where its teacher cannot be had.
        """
        self.unload(character.id)
        if isinstance(character, PuppetCharacter):
            return self._entered(character.id, self._puppets, self._puppets.load(character))
        if isinstance(character, TeacherCharacter):
            return self._entered(character.id, self._teachers, self._teachers.load(character))
        return self._entered(character.id, self._students, self._students.load(character))

    def _entered(self, character: str, drawer: Drawer, size: int) -> int:
        self._drawers[character] = drawer
        return size

    def unload(self, character: str) -> None:
        """Forget a character; unknown ids are ignored."""
        if (drawer := self._drawers.pop(character, None)) is not None:
            drawer.unload(character)

    def draw(self, requests: Sequence[Request]) -> list[torch.Tensor]:
        """Draw a batch, in order, as `Drawer.draw` says; each engine is called once."""
        pictures: dict[int, torch.Tensor] = {}
        groups: dict[Drawer, list[int]] = {}
        for number, request in enumerate(requests):
            groups.setdefault(self._drawers[request.character], []).append(number)
        for drawer, numbers in groups.items():
            drawn = drawer.draw([requests[number] for number in numbers])
            pictures.update(zip(numbers, (picture.to(self.device) for picture in drawn), strict=True))
        return [pictures[number] for number in range(len(requests))]
