"""The student's networks at many poses, forward and backward with as little arithmetic as gives the same.

The savings are those of `models/folding.py`, kept differentiable: the pose is one vector for each example,
position has rank two, and what a level needs of the one below is multiplied before it is enlarged. Pixels are
rows, so that every layer is one product of matrices; a sine keeps its cosine, which is all that its gradient
takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import nn
from torch.autograd.function import FunctionCtx, once_differentiable

from models.distill.squares import Squares
from models.student import OMEGA, BodyMorpher, FaceMorpher


def draw_face(network: FaceMorpher, poses: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
    """Any pixels of faces: poses (N, 45), positions (N, K, 2) in [-1, 1] -> (N, K, 4), network space."""
    first, *others = _layers(network.siren.sine_layers)
    pose = poses[:, : network.sizes.face_pose]
    near = positions @ (OMEGA * _matrix(first)[:, :2]).T
    x = _sine(near + _offset(first, pose, 2)[:, None])
    x = _hidden(x.flatten(0, 1), others)
    return _product(x, network.siren.last_linear).view(*positions.shape[:2], -1)


def draw_body(network: BodyMorpher, poses: torch.Tensor, squares: Squares) -> torch.Tensor:
    """The body morpher on squares: poses (N, 45) -> (N, side, side, 7)."""
    levels = [_layers(cast(nn.Sequential, level)) for level in network.siren_layers]
    x = _sine(_plane(levels[0][0], poses, squares.coarsest(), 0))
    for number, layers in enumerate(levels):
        count, height, width, _ = x.shape
        x = _hidden(x.flatten(0, 2), layers[1:])
        if number + 1 < len(levels):
            x = x.view(count, height, width, -1)
            x = _sine(_enlarged(x, levels[number + 1][0], poses, squares, number))
    return _product(x, network.last_linear).view(count, height, width, -1)


def _enlarged(
    features: torch.Tensor, layer: nn.Conv2d, poses: torch.Tensor, squares: Squares, level: int
) -> torch.Tensor:
    """What a level's first sine is taken of, from the level below: all of it is enlarged at once."""
    width = features.shape[-1]
    ground = _plane(layer, poses, squares.ground(level), width)
    mixed = (features.flatten(0, 2) @ (OMEGA * _matrix(layer)[:, :width]).T).view_as(ground) + ground
    across, down = squares.enlarging(level).unbind(1)
    mixed = torch.matmul(across[:, None], mixed)
    return torch.matmul(down, mixed.flatten(2)).view(len(poses), -1, *mixed.shape[2:])


def _plane(layer: nn.Conv2d, poses: torch.Tensor, axes: torch.Tensor, features: int) -> torch.Tensor:
    """Position's and pose's part of a first layer, (N, height, width, out), from axes (N, 2, width)."""
    x, y = (OMEGA * _matrix(layer)[:, features : features + 2]).unbind(1)
    rows = axes[:, 1, :, None] * y + _offset(layer, poses, features + 2)[:, None]
    return rows[:, :, None] + (axes[:, 0, :, None] * x)[:, None]


def _offset(layer: nn.Conv2d, poses: torch.Tensor, before: int) -> torch.Tensor:
    return OMEGA * torch.addmm(cast(torch.Tensor, layer.bias), poses, _matrix(layer)[:, before:].T)


def _hidden(x: torch.Tensor, layers: Sequence[nn.Conv2d]) -> torch.Tensor:
    for layer in layers:
        x = _sine(torch.addmm(OMEGA * cast(torch.Tensor, layer.bias), x, (OMEGA * _matrix(layer)).T))
    return x


def _product(x: torch.Tensor, layer: nn.Conv2d) -> torch.Tensor:
    return torch.addmm(cast(torch.Tensor, layer.bias), x, _matrix(layer).T)


def _layers(sines: nn.Sequential) -> list[nn.Conv2d]:
    return [cast(nn.Conv2d, sine.linear) for sine in sines]


def _matrix(layer: nn.Conv2d) -> torch.Tensor:
    return layer.weight.flatten(1)


class _Sine(torch.autograd.Function):
    """The sine of what nobody else needs any more: its cosine is written over it."""

    @staticmethod
    def forward(ctx: FunctionCtx, x: torch.Tensor) -> torch.Tensor:
        sine = torch.sin(x)
        ctx.save_for_backward(x.cos_())
        return sine

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: torch.Tensor) -> torch.Tensor:
        (cosine,) = ctx.saved_tensors
        return gradient * cast(torch.Tensor, cosine)


def _sine(x: torch.Tensor) -> torch.Tensor:
    return cast(torch.Tensor, _Sine.apply(x))  # type: ignore[no-untyped-call]
