"""The U-Net with attention of THA4's body networks (THA4 §4, appendix A.2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import torch
import torch.nn.functional as F
from torch import nn

_EMBEDDED = 256
_GROUPS = 32
_HEADS = 8
_MIDDLE = 4
_UP = 2


@dataclass(frozen=True)
class UNetSizes:
    """Channels: `model` times each level's multiplier. The lowest level attends."""

    inputs: int
    outputs: int
    pose: int
    model: int
    multipliers: tuple[int, ...]

    @property
    def channels(self) -> tuple[int, ...]:
        """Channels of each level, the highest resolution first."""
        return tuple(self.model * multiplier for multiplier in self.multipliers)


Resample = Callable[[torch.Tensor], torch.Tensor]


def _same(x: torch.Tensor) -> torch.Tensor:
    return x


def _halved(x: torch.Tensor) -> torch.Tensor:
    return F.avg_pool2d(x, 2)


def _doubled(x: torch.Tensor) -> torch.Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="nearest")


class TimeZero(nn.Module):
    """The sinusoidal embedding of the time 0, which is the only one there is: cosines, then sines."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self._half = width // 2

    def forward(self, like: torch.Tensor) -> torch.Tensor:
        """(1, width), of the kind and on the device of `like`."""
        ones = like.new_ones(1, self._half)
        return torch.cat([ones, torch.zeros_like(ones)], dim=1)


class ResidualBlock(nn.Module):
    """A residual block that time and pose scale and shift."""

    def __init__(self, inputs: int, outputs: int, resample: Resample = _same) -> None:
        super().__init__()
        self._resample = resample
        self.norm0 = _norm(inputs)
        self.conv0 = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.cond0_layers = _conditioning(outputs)
        self.cond1_layers = _conditioning(outputs)
        self.norm1 = _norm(outputs)
        self.conv1 = _silent(nn.Conv2d(outputs, outputs, 3, padding=1))
        self.skip: nn.Module = nn.Identity() if inputs == outputs else nn.Conv2d(inputs, outputs, 1)

    def forward(self, x: torch.Tensor, time: torch.Tensor, pose: torch.Tensor) -> torch.Tensor:
        """x (N, inputs, h, w), time (1, 256), pose (N, 256): (N, outputs, h', w')."""
        h = self.conv0(self._resample(F.silu(self.norm0(x))))
        h = _modulated(self.norm1(h), self.cond0_layers(time))
        h = self.conv1(F.silu(_modulated(h, self.cond1_layers(pose))))
        return cast("torch.Tensor", self.skip(self._resample(x)) + h)


class Attention(nn.Module):
    """Self-attention over all pixels, in eight heads."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = _norm(channels)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.conv = _silent(nn.Conv2d(channels, channels, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, channels, h, w) to the same."""
        n, channels, height, width = x.shape
        shape = (n, _HEADS, channels // _HEADS, height * width)
        q, k, v = (part.reshape(shape).transpose(2, 3) for part in self.qkv(self.norm(x)).chunk(3, dim=1))
        seen = F.scaled_dot_product_attention(q, k, v).transpose(2, 3).reshape(x.shape)
        return x + cast("torch.Tensor", self.conv(seen))


class MiddleAttention(nn.Module):
    """Attention between the middle's residual blocks, named as the released weights name it."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.module = Attention(channels)

    def forward(self, x: torch.Tensor, _time: torch.Tensor, _pose: torch.Tensor) -> torch.Tensor:
        """(N, channels, h, w) to the same."""
        return cast("torch.Tensor", self.module(x))


class DownBlock(nn.Module):
    """One level on the way down; every level but the lowest ends in half the size."""

    def __init__(self, inputs: int, outputs: int, *, lowest: bool) -> None:
        super().__init__()
        self.res_blocks = nn.ModuleList([ResidualBlock(inputs, outputs)])
        self.attention_blocks = nn.ModuleList([Attention(outputs)] if lowest else [])
        self.downsample = None if lowest else ResidualBlock(outputs, outputs, _halved)

    def forward(self, x: torch.Tensor, time: torch.Tensor, pose: torch.Tensor) -> list[torch.Tensor]:
        """What the way up will need of this level, in order; the last of it goes on down."""
        h = self.res_blocks[0](x, time, pose)
        for attention in self.attention_blocks:
            h = attention(h)
        return [h] if self.downsample is None else [h, self.downsample(h, time, pose)]


class UpBlock(nn.Module):
    """One level on the way up; every level but the highest ends in twice the size."""

    def __init__(self, inputs: int, outputs: int, skips: list[int], *, lowest: bool, highest: bool) -> None:
        super().__init__()
        widths = [inputs] + [outputs] * (len(skips) - 1)
        self.resnet_blocks = nn.ModuleList(
            ResidualBlock(width + skip, outputs) for width, skip in zip(widths, skips, strict=True)
        )
        self.attention_blocks = nn.ModuleList([Attention(outputs) for _ in skips] if lowest else [])
        self.upsample = None if highest else ResidualBlock(outputs, outputs, _doubled)

    def forward(
        self, x: torch.Tensor, skips: list[torch.Tensor], time: torch.Tensor, pose: torch.Tensor
    ) -> torch.Tensor:
        """x from below, and what the way down left; it is taken from `skips`, the last first."""
        for number, resnet in enumerate(self.resnet_blocks):
            x = resnet(torch.cat([x, skips.pop()], dim=1), time, pose)
            if self.attention_blocks:
                x = self.attention_blocks[number](x)
        return x if self.upsample is None else cast("torch.Tensor", self.upsample(x, time, pose))


class UNet(nn.Module):
    """The U-Net: a picture and a pose to `outputs` channels of the same size."""

    def __init__(self, sizes: UNetSizes) -> None:
        super().__init__()
        channels = sizes.channels
        self.time_embed = nn.Sequential(
            TimeZero(sizes.model),
            nn.Linear(sizes.model, _EMBEDDED),
            nn.SiLU(),
            nn.Linear(_EMBEDDED, _EMBEDDED),
        )
        self.cond_embed = nn.Sequential(
            nn.Linear(sizes.pose, _EMBEDDED), nn.SiLU(), nn.Linear(_EMBEDDED, _EMBEDDED)
        )
        self.first_conv = nn.Conv2d(sizes.inputs, channels[0], 3, padding=1)
        lowest = len(channels) - 1
        self.down_blocks = nn.ModuleList(
            DownBlock(channels[max(0, level - 1)], width, lowest=level == lowest)
            for level, width in enumerate(channels)
        )
        self.middle_blocks = nn.ModuleList(_middle(channels[-1]))
        self.up_blocks = nn.ModuleList(_up_blocks(channels))
        last = _silent(nn.Conv2d(channels[0], sizes.outputs, 3, padding=1))
        self.last = nn.Sequential(_norm(channels[0]), nn.SiLU(), last)

    def forward(
        self, image: torch.Tensor, pose: torch.Tensor, added: torch.Tensor | None = None
    ) -> torch.Tensor:
        """image (N, inputs, s, s), pose (N, pose): (N, outputs, s, s).

        added: (N, model, s, s), added to the first convolution's output (THA4 §4, the editor's coarse input).
        """
        time, seen = self.time_embed(image), self.cond_embed(pose)
        x = self.first_conv(image)
        skips = [x if added is None else x + added]
        for down in self.down_blocks:
            skips += down(skips[-1], time, seen)
        x = skips[-1]
        for middle in self.middle_blocks:
            x = middle(x, time, seen)
        for up in self.up_blocks:
            x = up(x, skips, time, seen)
        return cast("torch.Tensor", self.last(x))


def _up_blocks(channels: tuple[int, ...]) -> list[UpBlock]:
    # What the way down leaves: the first convolution, and for each level its block and its halving.
    left = [channels[0]]
    for width in channels[:-1]:
        left += [width, width]
    left.append(channels[-1])
    lowest, blocks, below = len(channels) - 1, [], channels[-1]
    for level in range(lowest, -1, -1):
        skips = [left.pop() for _ in range(_UP)]
        blocks.append(UpBlock(below, channels[level], skips, lowest=level == lowest, highest=level == 0))
        below = channels[level]
    return blocks


def _middle(channels: int) -> list[nn.Module]:
    blocks: list[nn.Module] = [ResidualBlock(channels, channels)]
    for _ in range(_MIDDLE - 1):
        blocks += [MiddleAttention(channels), ResidualBlock(channels, channels)]
    return blocks


def _norm(channels: int) -> nn.GroupNorm:
    return nn.GroupNorm(min(_GROUPS, channels), channels)


def _conditioning(channels: int) -> nn.Sequential:
    return nn.Sequential(nn.SiLU(), nn.Linear(_EMBEDDED, 2 * channels))


def _modulated(x: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
    scale, shift = condition[:, :, None, None].chunk(2, dim=1)
    return x * (1 + scale) + shift


def _silent(conv: nn.Conv2d) -> nn.Conv2d:
    """A convolution that says nothing before it is trained."""
    nn.init.zeros_(conv.weight)
    if conv.bias is not None:
        nn.init.zeros_(conv.bias)
    return conv
