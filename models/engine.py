"""The one interface behind which every engine draws students.

An engine keeps the weights of many characters on its device and draws a batch that mixes
characters, poses and views in one call. It is used from one thread at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from models.character import Character
from models.view import FULL, SIZES, View

__all__ = ["FULL", "SIZES", "Drawer", "Engine", "Request", "View"]


@dataclass(frozen=True)
class Request:
    """One picture to draw: a loaded character, a pose (float32 (45,), in range) and a view."""

    character: str
    pose: NDArray[np.float32]
    view: View = View()


class Drawer(Protocol):
    """Draws, on one device, what was loaded into it."""

    @property
    def name(self) -> str:
        """The engine's name, as `--engine` takes it."""
        ...

    @property
    def device(self) -> torch.device:
        """The device on which the weights stay and the pictures are drawn."""
        ...

    def unload(self, character: str) -> None:
        """Forget a character; unknown ids are ignored."""
        ...

    def draw(self, requests: Sequence[Request]) -> list[torch.Tensor]:
        """Draw a batch, in order.

        Each picture is float32 (4, height, width) on the device, network space: premultiplied RGBA,
        linear light, [-1, 1] with slight overshoot. Raises KeyError for a character that is not loaded.
        """
        ...


class Engine(Drawer, Protocol):
    """Draws students on one device."""

    def load(self, character: Character) -> int:
        """Put a character on the device under its id, replacing one of that id; the bytes that it takes."""
        ...
