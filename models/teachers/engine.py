"""Full systems behind the interface of the engines, so that pictures without a student can be drawn live."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from models.character import CharacterError
from models.compose import shrunk
from models.engine import Request
from models.teachers.character import TeacherCharacter
from models.teachers.files import is_system, read_system
from models.teachers.running import Posing, Running, usual
from models.teachers.system import Portrait, System
from models.weights import WeightsError

_BATCH = 8


class TeacherEngine:
    """Draws pictures by the full systems in the folders of one folder, each read when first needed.

    A smaller view or a part costs as much as the whole picture. running: how the networks run, `usual` for
    the device where nothing is said.
    """

    name = "teacher"

    def __init__(self, folder: Path, device: torch.device, running: Running | None = None) -> None:
        self.device = device
        self._folder = folder
        self._running = running or usual(device)
        self._systems: dict[str, tuple[System, Posing]] = {}
        self._portraits: dict[str, tuple[Posing, Portrait]] = {}

    def load(self, character: TeacherCharacter) -> int:
        """Keep what depends on the picture only, replacing one of that id; the bytes that it takes.

        Raises CharacterError where the teacher is not there or its files cannot be used.
        """
        system, posing = self._system(character)
        with torch.inference_mode():
            portrait = system.portrait(character.picture.to(self.device, self._running.dtype))
        self._portraits[character.id] = (posing, portrait)
        return portrait.picture.nbytes + portrait.brows.background.nbytes + portrait.brows.layer.nbytes

    def unload(self, character: str) -> None:
        """Forget a character; unknown ids are ignored. Systems stay: they are shared."""
        self._portraits.pop(character, None)

    def draw(self, requests: Sequence[Request]) -> list[torch.Tensor]:
        """Draw a batch, in order: network space float32 (4, height, width).

        Raises KeyError for a character that is not loaded.
        """
        groups: dict[str, list[int]] = {}
        for number, request in enumerate(requests):
            groups.setdefault(request.character, []).append(number)
        drawn: dict[int, torch.Tensor] = {}
        for character, numbers in groups.items():
            for start in range(0, len(numbers), _BATCH):
                some = numbers[start : start + _BATCH]
                drawn.update(zip(some, self._posed(character, [requests[n] for n in some]), strict=True))
        return [_seen(drawn[number], request) for number, request in enumerate(requests)]

    @torch.inference_mode()
    def _posed(self, character: str, requests: Sequence[Request]) -> torch.Tensor:
        posing, portrait = self._portraits[character]
        poses = torch.from_numpy(np.stack([request.pose for request in requests]))
        return posing(portrait, poses.to(self.device, self._running.dtype)).full.merged.float()

    def _system(self, character: TeacherCharacter) -> tuple[System, Posing]:
        name = character.teacher
        if name not in self._systems:
            system = self._read(character.id, name)
            self._systems[name] = system, self._running.posing(system)
        return self._systems[name]

    def _read(self, character: str, name: str) -> System:
        folders = teachers_in(self._folder)
        if name not in folders:
            raise CharacterError(f"Character {character}: there is no teacher {name!r} here.")
        try:
            return self._running.moved(read_system(folders[name]), self.device)
        except WeightsError as error:
            raise CharacterError(f"Character {character}: teacher {name}: {error}") from error


def teachers_in(folder: Path) -> Mapping[str, Path]:
    """The full systems in a folder, by the names of their folders."""
    if not folder.is_dir():
        return {}
    return {one.name: one for one in sorted(folder.iterdir()) if is_system(one)}


def _seen(picture: torch.Tensor, request: Request) -> torch.Tensor:
    left, top, right, bottom = request.view.box
    return shrunk(picture, request.view.size)[:, top:bottom, left:right]
