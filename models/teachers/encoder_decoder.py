"""The encoder-decoder of the eyebrow and face networks (THA4 appendix A.1)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import nn

from models.teachers.blocks import Blocks, tiled

_START = 64
_MOST = 512
_RESIDUALS = 5

PLAIN = Blocks()
SEPARABLE = Blocks(separable=True)


@dataclass(frozen=True)
class EncoderDecoderSizes:
    """Channels and side of the input, the side at the bottleneck, and how many pose parameters join there."""

    inputs: int
    size: int
    bottleneck: int
    pose: int = 0


class EncoderDecoder(nn.Module):
    """A picture down to the bottleneck, where the pose joins it, and up to a feature of 64 channels."""

    def __init__(self, sizes: EncoderDecoderSizes, blocks: Blocks = PLAIN) -> None:
        super().__init__()
        self.sizes = sizes
        widths = _widths(sizes)
        steps = list(pairwise(widths))
        first = blocks.same(sizes.inputs, widths[0])
        self.downsample_blocks = nn.ModuleList([first, *(blocks.halving(a, b) for a, b in steps)])
        join = blocks.same(widths[-1] + sizes.pose, widths[-1])
        residuals = [blocks.residual(widths[-1]) for _ in range(_RESIDUALS)]
        self.bottleneck_blocks = nn.ModuleList([join, *residuals])
        self.upsample_blocks = nn.ModuleList(blocks.doubling(b, a) for a, b in reversed(steps))

    def forward(self, image: torch.Tensor, pose: torch.Tensor | None = None) -> torch.Tensor:
        """An image (N, inputs, size, size) and a pose (N, pose) to a feature (N, 64, size, size)."""
        x = image
        for down in self.downsample_blocks:
            x = down(x)
        if pose is not None:
            x = torch.cat([x, tiled(pose, self.sizes.bottleneck)], dim=1)
        for step in (*self.bottleneck_blocks, *self.upsample_blocks):
            x = step(x)
        return x


def _widths(sizes: EncoderDecoderSizes) -> list[int]:
    count = (sizes.size // sizes.bottleneck).bit_length()
    return [min(_START << step, _MOST) for step in range(count)]
