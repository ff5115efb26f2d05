"""Puppets behind the interface of the engines, so that what draws students can draw puppets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

from models.character import Character
from models.compose import shrunk
from models.engine import Request
from models.puppet.puppet import Puppet


class PuppetEngine:
    """Draws the puppets that it was made with, on the CPU."""

    name = "puppet"
    device = torch.device("cpu")

    def __init__(self, puppets: Mapping[str, Puppet]) -> None:
        self._puppets = dict(puppets)

    def load(self, character: Character) -> int:
        """Raises ValueError: a student is no puppet."""
        raise ValueError(f"Character {character.id} is a student, and this engine draws puppets.")

    def unload(self, character: str) -> None:
        """Forget a puppet; unknown ids are ignored."""
        self._puppets.pop(character, None)

    def draw(self, requests: Sequence[Request]) -> list[torch.Tensor]:
        """Draw a batch, in order: network space float32 (4, height, width).

        Raises KeyError for a puppet that is not there.
        """
        return [self._drawn(request) for request in requests]

    def _drawn(self, request: Request) -> torch.Tensor:
        posed = self._puppets[request.character].pose(request.pose).posed
        left, top, right, bottom = request.view.box
        return shrunk(posed, request.view.size)[:, top:bottom, left:right]
