"""A puppet as a character in a folder: its description, drawn live."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch

from models.character import CharacterError
from models.puppet.description import FILE, Description, DescriptionError, read_description
from models.puppet.puppet import Puppet


@dataclass(frozen=True, eq=False)
class PuppetCharacter:
    """A character that is drawn in code."""

    id: str
    description: Description
    kind: str = "puppet"

    @property
    def name(self) -> str:
        """What people call it."""
        return self.description.name

    @cached_property
    def puppet(self) -> Puppet:
        """The puppet, its layers drawn when first asked for."""
        return Puppet(self.description)

    @property
    def picture(self) -> torch.Tensor:
        """The character at rest, network space float32 (4, 512, 512)."""
        return self.puppet.picture


def is_puppet(folder: Path) -> bool:
    """Whether a folder holds the description of a puppet; it may still be damaged."""
    return (folder / FILE).is_file()


def load_puppet(folder: Path) -> PuppetCharacter:
    """Read a puppet from its folder, whose name is its id. Raises CharacterError."""
    try:
        return PuppetCharacter(folder.name, read_description(folder / FILE))
    except DescriptionError as error:
        raise CharacterError(f"Character {folder.name}: {error}") from error
