"""THA4's two body networks: the half-resolution rotator and the editor (THA4 §4, appendix A.2).

The released files call them `body_morpher` and `upscaler`.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from models.teachers.unet import UNet, UNetSizes
from models.teachers.warp import blend, resized, warp

HALF = 256
BODY_POSE = 6
BODY_MORPHER = UNetSizes(4, 7, BODY_POSE, 64, (1, 2, 4, 4, 4))
UPSCALER = UNetSizes(4, 7, BODY_POSE, 32, (1, 2, 4, 8, 8, 8))


@dataclass(frozen=True, eq=False)
class Rotated:
    """A turned body: network space, of one size s.

    direct: (N, 4, s, s), drawn by the network; flow: (N, 2, s, s); warped: (N, 4, s, s), the rest image under
    the flow; alpha: the share of `direct`, (N, 1, s, s), or in THA3 (N, 4, s, s), in [0, 1]; merged: the two
    blended.
    """

    direct: torch.Tensor
    flow: torch.Tensor
    warped: torch.Tensor
    alpha: torch.Tensor
    merged: torch.Tensor


class BodyMorpher(nn.Module):
    """Turns head and body at half the resolution."""

    def __init__(self, sizes: UNetSizes = BODY_MORPHER) -> None:
        super().__init__()
        self.body = UNet(sizes)

    def forward(self, image: torch.Tensor, pose: torch.Tensor) -> Rotated:
        """The rest image (N, 4, 256, 256), and parameters 39 to 44 (N, 6)."""
        return _formed(image, self.body(image, pose))


class Upscaler(nn.Module):
    """Turns head and body at full resolution, guided by what the half-resolution network made."""

    def __init__(self, sizes: UNetSizes = UPSCALER) -> None:
        super().__init__()
        self.body = UNet(sizes)
        self.coarse_image_conv = nn.Conv2d(4 + 4 + 2, sizes.model, 3, padding=1)

    def forward(self, image: torch.Tensor, pose: torch.Tensor, coarse: Rotated | None) -> Rotated:
        """The rest image (N, 4, 512, 512), parameters 39 to 44 (N, 6), and the coarse result.

        Without a coarse result it is a full-resolution rotator, as in its first phases of training (§4.2).
        """
        added = None
        if coarse is not None:
            size = image.shape[-1]
            flow = resized(coarse.flow, size)  # its values are shares of the picture: they do not grow
            seen = torch.cat([resized(coarse.merged, size), warp(image, flow), flow], dim=1)
            added = self.coarse_image_conv(seen)
        return _formed(image, self.body(image, pose, added))


def _formed(image: torch.Tensor, out: torch.Tensor) -> Rotated:
    direct, flow, alpha = out[:, :4], out[:, 4:6], torch.sigmoid(out[:, 6:7])
    warped = warp(image, flow)
    return Rotated(direct, flow, warped, alpha, blend(alpha, direct, warped))
