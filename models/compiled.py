"""The literal engine as torch compiles it, to measure the others against."""

from __future__ import annotations

from models.character import Character
from models.literal import LiteralEngine


class CompiledEngine(LiteralEngine):
    """Draws with the networks as they stand, compiled when first used; that takes a compiler and time."""

    name = "compiled"

    def load(self, character: Character) -> int:
        """Put a character on the device under its id; the bytes that it takes."""
        nbytes = super().load(character)
        for network in self.networks(character.id):
            network.compile(dynamic=False)
        return nbytes
