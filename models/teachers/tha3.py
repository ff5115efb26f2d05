"""THA3's two body networks: the half-resolution rotator and the editor (THA4 §3)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import nn

from models.teachers.blocks import Blocks, alpha_head, colour_head, flow_head, leaky_relu, tiled
from models.teachers.rotators import BODY_POSE, Rotated
from models.teachers.warp import blend, resized, warp

_RESIDUALS = 6

STANDARD = Blocks(activation=leaky_relu)
SEPARABLE = Blocks(separable=True, activation=leaky_relu, halving_activation=leaky_relu)
"""The blocks of these two networks: in the standard weights, the halving ones keep to ReLU."""


@dataclass(frozen=True, eq=False)
class HalfRotated:
    """A turned body at half the resolution: (N, 4, 256, 256), and the flow (N, 2, 256, 256)."""

    direct: torch.Tensor
    flow: torch.Tensor
    warped: torch.Tensor


class RotatorBody(nn.Module):
    """Down to 32 by 32 and up again; the pose is a part of the image from the start."""

    def __init__(self, blocks: Blocks) -> None:
        super().__init__()
        widths = (64, 128, 256, 512)
        first = blocks.same(4 + BODY_POSE, 64, 7)
        steps = list(pairwise(widths))
        self.downsample_blocks = nn.ModuleList([first, *(blocks.halving(a, b) for a, b in steps)])
        self.bottleneck_blocks = nn.ModuleList(blocks.residual(512) for _ in range(_RESIDUALS))
        self.upsample_blocks = nn.ModuleList(
            nn.Sequential(nn.Upsample(scale_factor=2.0, mode="nearest"), blocks.same(b, a))
            for a, b in reversed(steps)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, 10, 256, 256) to (N, 64, 256, 256)."""
        for step in (*self.downsample_blocks, *self.bottleneck_blocks, *self.upsample_blocks):
            x = step(x)
        return x


class TwoAlgoFaceBodyRotator(nn.Module):
    """Turns head and body at half the resolution, in two ways: by drawing, and by a flow."""

    def __init__(self, blocks: Blocks = STANDARD) -> None:
        super().__init__()
        self.encoder_decoder = RotatorBody(blocks)
        self.direct_creator = colour_head(64)
        self.grid_change_creator = flow_head(64)

    def forward(self, image: torch.Tensor, pose: torch.Tensor) -> HalfRotated:
        """The rest image (N, 4, 256, 256), and parameters 39 to 44 (N, 6)."""
        x = self.encoder_decoder(torch.cat([image, tiled(pose, image.shape[-1])], dim=1))
        flow = self.grid_change_creator(x)
        return HalfRotated(self.direct_creator(x), flow, warp(image, flow))


class EditorBody(nn.Module):
    """A U-Net without attention, down to 64 by 64."""

    def __init__(self, blocks: Blocks) -> None:
        super().__init__()
        widths = (32, 64, 128, 256)
        first = blocks.same(4 + 4 + 2 + BODY_POSE, 32)
        steps = list(pairwise(widths))
        self.downsample_blocks = nn.ModuleList([first, *(blocks.halving(a, b) for a, b in steps)])
        self.bottleneck_blocks = nn.ModuleList(blocks.residual(256) for _ in range(_RESIDUALS))
        self.upsample_blocks = nn.ModuleList(blocks.same(b + a, a) for a, b in reversed(steps))
        self.upsample = nn.Upsample(scale_factor=2.0, mode="nearest")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, 16, 512, 512) to (N, 32, 512, 512)."""
        skips = []
        for down in self.downsample_blocks:
            x = down(x)
            skips.append(x)
        skips.pop()  # the lowest goes on by itself
        for bottleneck in self.bottleneck_blocks:
            x = bottleneck(x)
        for up in self.upsample_blocks:
            x = up(torch.cat([self.upsample(x), skips.pop()], dim=1))
        return x


class Editor(nn.Module):
    """Brings the half-resolution result to full resolution."""

    def __init__(self, blocks: Blocks = STANDARD) -> None:
        super().__init__()
        self.body = EditorBody(blocks)
        self.color_change_creator = colour_head(32)
        self.alpha_creator = alpha_head(32, 4)
        self.grid_change_creator = flow_head(32)

    def forward(self, image: torch.Tensor, pose: torch.Tensor, half: HalfRotated) -> Rotated:
        """The rest image (N, 4, 512, 512), parameters 39 to 44 (N, 6), and the half-resolution result."""
        size = image.shape[-1]
        coarse = resized(half.flow, size)
        seen = torch.cat([image, resized(half.warped, size), coarse, tiled(pose, size)], dim=1)
        x = self.body(seen)
        flow = coarse + self.grid_change_creator(x)
        alpha, direct, warped = self.alpha_creator(x), self.color_change_creator(x), warp(image, flow)
        return Rotated(direct, flow, warped, alpha, blend(alpha, direct, warped))
