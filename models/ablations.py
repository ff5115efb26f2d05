"""The students that the paper compares its own with: each lacks one idea (THA4 Table 6)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from models.regions import Region, whole
from models.student import SIZES, BodyMorpher, Siren, StudentSizes
from models.view import FULL


class VanillaSiren(nn.Module):
    """One SIREN for the whole picture: no face apart, no warping, no levels.

    It has as many sine layers as the body morpher, of the same widths.
    """

    def __init__(self, sizes: StudentSizes = SIZES) -> None:
        super().__init__()
        widths = tuple(width for level in sizes.body_levels for width in level)
        self.siren = Siren(2 + sizes.pose, widths, 4)

    def forward(self, pose: torch.Tensor, region: Region | None = None) -> torch.Tensor:
        """Poses (N, 45) to pictures (N, 4, h, w) over a region (the whole picture), network space."""
        region = region or whole(FULL)
        count = pose.shape[0]
        positions = region.positions(pose.device).expand(count, -1, -1, -1)
        tiled = pose[:, :, None, None].expand(-1, -1, region.height, region.width)
        return torch.as_tensor(self.siren(torch.cat([positions, tiled], dim=1)))


class SingleResolutionBodyMorpher(BodyMorpher):
    """The body morpher with every level at full resolution: the same layers and keys, and more work."""

    def forward(self, pose: torch.Tensor, regions: Sequence[Region]) -> torch.Tensor:
        """As `BodyMorpher.forward`; of the regions only the last, the picture's own, is looked at."""
        return super().forward(pose, [regions[-1]] * len(self.siren_layers))
