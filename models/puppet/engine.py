"""Puppets behind the interface of the engines, so that what draws students can draw puppets."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from models.compose import shrunk
from models.engine import Request
from models.puppet.character import PuppetCharacter
from models.puppet.puppet import Puppet


class PuppetEngine:
    """Draws puppets, on the CPU. A smaller view or a part costs as much as the whole picture."""

    name = "puppet"
    device = torch.device("cpu")

    def __init__(self) -> None:
        self._puppets: dict[str, Puppet] = {}

    def load(self, character: PuppetCharacter) -> int:
        """Draw a puppet's layers, replacing one of that id; the bytes that they take."""
        self._puppets[character.id] = character.puppet
        return character.puppet.bytes

    def unload(self, character: str) -> None:
        """Forget a puppet; unknown ids are ignored."""
        self._puppets.pop(character, None)

    def draw(self, requests: Sequence[Request]) -> list[torch.Tensor]:
        """Draw a batch, in order: network space float32 (4, height, width).

        Raises KeyError for a puppet that is not loaded.
        """
        return [self._drawn(request) for request in requests]

    def _drawn(self, request: Request) -> torch.Tensor:
        posed = self._puppets[request.character].pose(request.pose).posed
        left, top, right, bottom = request.view.box
        return shrunk(posed, request.view.size)[:, top:bottom, left:right]
