"""The face morpher: eyes, irises and mouth (THA4 §4, appendix A.1)."""

from __future__ import annotations

from typing import cast

import torch
from torch import nn

from models.teachers.blocks import alpha_head, colour_head, flow_head
from models.teachers.encoder_decoder import SEPARABLE, EncoderDecoder, EncoderDecoderSizes
from models.teachers.warp import blend, warp

SIZE = 192
_SIZES = EncoderDecoderSizes(4, SIZE, 24, pose=27)
_CHANNELS = 64


class FaceMorpher(EncoderDecoder):
    """Moves irises and mouth by a flow, and draws what a flow cannot show."""

    def __init__(self) -> None:
        super().__init__(_SIZES)
        _add_heads(self)

    def forward(self, image: torch.Tensor, pose: torch.Tensor | None = None) -> torch.Tensor:
        """A face with its eyebrows (N, 4, 192, 192) and parameters 12 to 38 (N, 27): the morphed face."""
        return _morphed(self, image, super().forward(image, pose))


class SeparableFaceMorpher(nn.Module):
    """The same of separable convolutions, as THA3's `separable` weights name it."""

    def __init__(self) -> None:
        super().__init__()
        self.body = EncoderDecoder(_SIZES, SEPARABLE)
        _add_heads(self)

    def forward(self, image: torch.Tensor, pose: torch.Tensor) -> torch.Tensor:
        """As `FaceMorpher.forward`."""
        return _morphed(self, image, self.body(image, pose))


def _add_heads(network: nn.Module) -> None:
    network.add_module("iris_mouth_grid_change", flow_head(_CHANNELS))
    network.add_module("iris_mouth_color_change", colour_head(_CHANNELS))
    network.add_module("iris_mouth_alpha", alpha_head(_CHANNELS))
    network.add_module("eye_color_change", colour_head(_CHANNELS))
    network.add_module("eye_alpha", alpha_head(_CHANNELS))


def _morphed(network: nn.Module, image: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    def read(head: str) -> torch.Tensor:
        return cast("torch.Tensor", network.get_submodule(head)(x))

    moved = warp(image, read("iris_mouth_grid_change"))
    moved = blend(read("iris_mouth_alpha"), read("iris_mouth_color_change"), moved)
    return blend(read("eye_alpha"), read("eye_color_change"), moved)
