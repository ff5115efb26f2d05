"""The organs as pixels: each is drawn in a window of its own, once for each of its states."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import torch

from models.puppet.description import Description
from models.puppet.drawing import SCALE, Drawing, Window, raster
from models.puppet.expression import BrowState, Expression, EyeState, MouthState
from models.puppet.layers import Layer, lay
from models.puppet.organs.brows import draw_brow
from models.puppet.organs.eyes import draw_eye
from models.puppet.organs.mouth import draw_mouth
from models.puppet.rig import move_face
from models.regions import FACE_BOX

# How much of the brows shows through the fringe.
_VEIL = 0.42

_FACE = Window(FACE_BOX[0], FACE_BOX[1], FACE_BOX[2] - FACE_BOX[0], FACE_BOX[3] - FACE_BOX[1])
_BROWS = {-1: Window(192, 96, 64, 48), 1: Window(256, 96, 64, 48)}
_EYES = {-1: Window(192, 116, 64, 56), 1: Window(256, 116, 64, 56)}
_MOUTH = Window(232, 160, 48, 40)


@dataclass(frozen=True, eq=False)
class Organs:
    """The organs over nothing, on the pixels of the face region; the brows once more by themselves."""

    all: Layer
    brows: Layer

    def upon(self, head: Layer) -> Layer:
        """The head with the organs laid over it."""
        pixels = head.pixels.clone()
        lay(_part(pixels, head.window, _FACE), self.all.pixels)
        return replace(head, pixels=pixels)

    def veil(self) -> Layer:
        """What of the brows shows through the fringe."""
        return replace(self.brows, pixels=self.brows.pixels * _VEIL)


def draw_organs(it: Description, expression: Expression) -> Organs:
    """All organs of one expression."""
    everything, brows = _blank(), _blank()
    lay(_part(everything, _FACE, _MOUTH), _mouth(it, expression.mouth))
    for side, eye in ((1, expression.eye_left), (-1, expression.eye_right)):
        lay(_part(everything, _FACE, _EYES[side]), _eye(it, eye, side))
    for side, brow in ((1, expression.brow_left), (-1, expression.brow_right)):
        lay(_part(brows, _FACE, _BROWS[side]), _brow(it, brow, side))
    lay(everything, brows)
    return Organs(Layer(everything, _FACE, move_face), Layer(brows, _FACE, move_face))


@lru_cache(256)
def _eye(it: Description, state: EyeState, side: int) -> torch.Tensor:
    return _drawn(lambda drawing: draw_eye(drawing, it, state, side), _EYES[side])


@lru_cache(256)
def _brow(it: Description, state: BrowState, side: int) -> torch.Tensor:
    return _drawn(lambda drawing: draw_brow(drawing, it, state, side), _BROWS[side])


@lru_cache(256)
def _mouth(it: Description, state: MouthState) -> torch.Tensor:
    return _drawn(lambda drawing: draw_mouth(drawing, it, state), _MOUTH)


def _drawn(draw: Callable[[Drawing], None], window: Window) -> torch.Tensor:
    drawing = Drawing()
    draw(drawing)
    return raster(drawing, window)


def _blank() -> torch.Tensor:
    return torch.zeros(4, _FACE.height * SCALE, _FACE.width * SCALE)


def _part(pixels: torch.Tensor, of: Window, window: Window) -> torch.Tensor:
    """The pixels of a window inside those of a larger one: a view of them."""
    top, left = (window.top - of.top) * SCALE, (window.left - of.left) * SCALE
    return pixels[:, top : top + window.height * SCALE, left : left + window.width * SCALE]
