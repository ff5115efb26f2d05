"""The eyebrows: taken off the picture once, and laid on again as the pose says (THA4 §4, appendix A.1)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from models.teachers.blocks import Blocks, alpha_head, colour_head, flow_head
from models.teachers.encoder_decoder import PLAIN, EncoderDecoder, EncoderDecoderSizes
from models.teachers.warp import blend, warp

SIZE = 128
_CHANNELS = 64


@dataclass(frozen=True, eq=False)
class Brows:
    """A face without its eyebrows, and the eyebrows alone: network space, (N, 4, 128, 128) each."""

    background: torch.Tensor
    layer: torch.Tensor


class EyebrowDecomposer(nn.Module):
    """Takes the eyebrows off."""

    def __init__(self, blocks: Blocks = PLAIN) -> None:
        super().__init__()
        self.body = EncoderDecoder(EncoderDecoderSizes(4, SIZE, 16), blocks)
        self.background_layer_alpha = alpha_head(_CHANNELS)
        self.background_layer_color_change = colour_head(_CHANNELS)
        self.eyebrow_layer_alpha = alpha_head(_CHANNELS)
        self.eyebrow_layer_color_change = colour_head(_CHANNELS)

    def forward(self, image: torch.Tensor) -> Brows:
        """The part of the picture around the eyebrows, (N, 4, 128, 128)."""
        x = self.body(image)
        background = blend(self.background_layer_alpha(x), self.background_layer_color_change(x), image)
        layer = blend(self.eyebrow_layer_alpha(x), image, self.eyebrow_layer_color_change(x))
        return Brows(background, layer)


@dataclass(frozen=True, eq=False)
class Browed:
    """The eyebrows moved, and the face with them: (N, 4, 128, 128) each."""

    warped: torch.Tensor
    combined: torch.Tensor


class EyebrowMorphingCombiner(nn.Module):
    """Moves the eyebrows, and lays them on."""

    def __init__(self, blocks: Blocks = PLAIN) -> None:
        super().__init__()
        self.body = EncoderDecoder(EncoderDecoderSizes(8, SIZE, 16, pose=12), blocks)
        self.morphed_eyebrow_layer_grid_change = flow_head(_CHANNELS)
        self.morphed_eyebrow_layer_alpha = alpha_head(_CHANNELS)
        self.morphed_eyebrow_layer_color_change = colour_head(_CHANNELS)
        # Trained for another output, which nothing downstream uses; the released files hold it.
        self.combine_alpha = alpha_head(_CHANNELS)

    def forward(self, brows: Brows, pose: torch.Tensor) -> Browed:
        """The decomposed face and the twelve eyebrow parameters (N, 12)."""
        x = self.body(torch.cat([brows.background, brows.layer], dim=1), pose)
        warped = warp(brows.layer, self.morphed_eyebrow_layer_grid_change(x))
        alpha, colour = self.morphed_eyebrow_layer_alpha(x), self.morphed_eyebrow_layer_color_change(x)
        morphed = blend(alpha, colour, warped)
        rgb = blend((morphed[:, 3:] + 1) / 2, morphed[:, :3], brows.background[:, :3])
        return Browed(warped, torch.cat([rgb, brows.background[:, 3:]], dim=1))
