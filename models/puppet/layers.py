"""The layers of a puppet, from the back to the front, and how their pixels are laid together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch
import torch.nn.functional as F

from models.puppet.accessory import draw_accessory
from models.puppet.backhair import draw_back_hair
from models.puppet.clothes import draw_clothes
from models.puppet.description import Description
from models.puppet.drawing import SCALE, Drawing, Window, raster
from models.puppet.fringe import draw_fringe, fringe_shadow
from models.puppet.head import draw_head, draw_neck
from models.puppet.rig import Move, move_back_hair, move_body, move_face, move_fringe, move_neck
from models.view import FULL


@dataclass(frozen=True, eq=False)
class Layer:
    """One sheet: its pixels, premultiplied linear light (4, SCALE * height, SCALE * width), and its move."""

    pixels: torch.Tensor
    window: Window
    move: Move

    @property
    def bytes(self) -> int:
        """What its pixels take in memory."""
        return self.pixels.nbytes

    @property
    def place(self) -> tuple[slice, slice, slice]:
        """Where the layer lies at rest in a picture (4, 512, 512)."""
        w = self.window
        return slice(None), slice(w.top, min(w.top + w.height, FULL)), slice(w.left, w.left + w.width)

    @cached_property
    def at_rest(self) -> torch.Tensor:
        """The layer on the picture's own pixels, as many as `place` has."""
        return F.avg_pool2d(self.pixels, SCALE)[:, : FULL - self.window.top]


@dataclass(frozen=True, eq=False)
class Layers:
    """All that does not change with the expression: the head is without its organs."""

    back_hair: Layer
    neck: Layer
    body: Layer
    head: Layer
    fringe: Layer


def draw_layers(it: Description) -> Layers:
    """Draw every layer once."""
    shadow = fringe_shadow(it)
    return Layers(
        _drawn(it, Window(128, 32, 256, 400), move_back_hair, draw_back_hair),
        _drawn(it, Window(192, 144, 128, 136), move_neck, draw_neck),
        _drawn(it, Window(128, 176, 256, 392), move_body, draw_clothes),
        _drawn(it, Window(192, 64, 128, 144), move_face, lambda paper, it: draw_head(paper, it, shadow)),
        _drawn(it, Window(168, 24, 176, 256), move_fringe, draw_fringe, draw_accessory),
    )


def lay(below: torch.Tensor, above: torch.Tensor) -> None:
    """Lay premultiplied pixels over others of the same shape, in place."""
    below.mul_(1 - above[3:]).add_(above)


def _drawn(
    it: Description, window: Window, move: Move, *steps: Callable[[Drawing, Description], None]
) -> Layer:
    paper = Drawing()
    for step in steps:
        step(paper, it)
    return Layer(raster(paper, window), window, move)
