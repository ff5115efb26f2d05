"""The blocks of the convolutional networks: convolution, instance norm, activation (THA4 §4, appendix A)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import nn

Activation = Callable[[], nn.Module]


def relu() -> nn.Module:
    """The activation of the networks that THA3 and THA4 share."""
    return nn.ReLU(inplace=True)


def leaky_relu() -> nn.Module:
    """The activation of THA3's own networks."""
    return nn.LeakyReLU(0.1, inplace=True)


@dataclass(frozen=True)
class Blocks:
    """How the blocks of a network are built.

    separable: every convolution is one of each channel for itself and then one across channels, as in THA3's
    `separable` weights. activation: of all blocks; `halving_activation`: of those that halve the size.
    """

    separable: bool = False
    activation: Activation = relu
    halving_activation: Activation = relu

    def same(self, inputs: int, outputs: int, kernel: int = 3) -> nn.Sequential:
        """A block that keeps the size."""
        return _block(self._convs(inputs, outputs, kernel, 1), outputs, self.activation)

    def halving(self, inputs: int, outputs: int) -> nn.Sequential:
        """A block that halves the size."""
        return _block(self._convs(inputs, outputs, 4, 2), outputs, self.halving_activation)

    def doubling(self, inputs: int, outputs: int) -> nn.Sequential:
        """A block that doubles the size."""
        if self.separable:
            deep = nn.ConvTranspose2d(inputs, inputs, 4, stride=2, padding=1, groups=inputs, bias=False)
            return _block([deep, nn.Conv2d(inputs, outputs, 1, bias=False)], outputs, self.activation)
        whole = nn.ConvTranspose2d(inputs, outputs, 4, stride=2, padding=1, bias=False)
        return _block([whole], outputs, self.activation)

    def residual(self, channels: int) -> nn.Module:
        """A residual block."""
        first, second = (_one(self._convs(channels, channels, 3, 1)) for _ in range(2))
        return Residual(first, second, channels, self.activation)

    def _convs(self, inputs: int, outputs: int, kernel: int, stride: int) -> list[nn.Module]:
        padding = (kernel - 1) // 2
        if not self.separable:
            return [nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=padding, bias=False)]
        deep = nn.Conv2d(inputs, inputs, kernel, stride=stride, padding=padding, groups=inputs, bias=False)
        return [deep, nn.Conv2d(inputs, outputs, 1, bias=False)]


class Residual(nn.Module):
    """`x + path(x)`; no activation after the sum."""

    def __init__(self, first: nn.Module, second: nn.Module, channels: int, activation: Activation) -> None:
        super().__init__()
        norm = nn.InstanceNorm2d(channels, affine=True)
        self.resnet_path = nn.Sequential(*_block([first], channels, activation), second, norm)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, channels, h, w) to the same."""
        return x + cast("torch.Tensor", self.resnet_path(x))


def head(channels: int, outputs: int, squash: nn.Module) -> nn.Sequential:
    """What reads a picture or an alpha off the last feature."""
    return nn.Sequential(nn.Conv2d(channels, outputs, 3, padding=1), squash)


def colour_head(channels: int) -> nn.Sequential:
    """Four channels in network space."""
    return head(channels, 4, nn.Tanh())


def alpha_head(channels: int, outputs: int = 1) -> nn.Sequential:
    """Alpha in [0, 1]."""
    return head(channels, outputs, nn.Sigmoid())


def flow_head(channels: int) -> nn.Conv2d:
    """An appearance flow."""
    return nn.Conv2d(channels, 2, 3, padding=1, bias=False)


def tiled(pose: torch.Tensor, size: int) -> torch.Tensor:
    """A pose (N, P) repeated over a square: (N, P, size, size)."""
    return pose[:, :, None, None].expand(-1, -1, size, size)


def _block(convs: Sequence[nn.Module], channels: int, activation: Activation) -> nn.Sequential:
    return nn.Sequential(*convs, nn.InstanceNorm2d(channels, affine=True), activation())


def _one(convs: Sequence[nn.Module]) -> nn.Module:
    return convs[0] if len(convs) == 1 else nn.Sequential(*convs)
