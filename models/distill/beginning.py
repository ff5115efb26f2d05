"""What a student draws before its first lesson."""

from __future__ import annotations

from typing import cast

import torch
from torch import nn

from models.character import Character
from models.compose import EMPTY
from models.distill.recipe import Recipe
from models.regions import face_of
from models.student import SIZES, BodyMorpher, FaceMorpher
from models.view import FULL

_FLOW, _COLOR = 0.02, 0.1  # of what weights drawn by lot would make of them
_BODY_COLOR = 3  # the first of the body morpher's channels that are colours

Networks = tuple[FaceMorpher, BodyMorpher]


def begun(recipe: Recipe, picture: torch.Tensor, seed: int, start: Character | None) -> Networks:
    """Networks with the weights of `start`, or those that the seed draws, as the recipe has them."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        face, body = FaceMorpher(), BodyMorpher()
    if start is not None:
        face.load_state_dict(start.face)
        body.load_state_dict(start.body)
        return face, body
    _sharpen(face.siren.sine_layers, SIZES.face_pose, recipe.face_steep)
    for level in body.siren_layers:
        _sharpen(cast(nn.Sequential, level), SIZES.pose, recipe.body_steep)
    if recipe.at_rest:
        _rest(face, body, picture.cpu())
    return face, body


@torch.no_grad()
def _sharpen(layers: nn.Sequential, pose: int, steep: float) -> None:
    """Position is two of so many inputs that by chance it counts for little, and all begins as a blur."""
    cast(nn.Conv2d, layers[0].linear).weight[:, -pose - 2 : -pose] *= steep


@torch.no_grad()
def _rest(face: FaceMorpher, body: BodyMorpher, picture: torch.Tensor) -> None:
    """Almost no flow and no blending, so that the picture stays as it is; colours without contrast."""
    place, last = face_of(FULL), body.last_linear
    mean = picture[:, place.top : place.bottom, place.left : place.right].mean(dim=(1, 2))
    last.weight[:_BODY_COLOR] *= _FLOW
    last.weight[_BODY_COLOR:] *= _COLOR
    face.siren.last_linear.weight *= _COLOR
    _set(last, torch.cat([torch.zeros(_BODY_COLOR), torch.full((4,), EMPTY)]))
    _set(face.siren.last_linear, mean)


def _set(layer: nn.Conv2d, bias: torch.Tensor) -> None:
    cast(torch.Tensor, layer.bias).copy_(bias)
