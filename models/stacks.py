"""Drawing one stack of `models/folding.py` over a region, a few pixels at a time."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from models.folding import HIDDEN
from models.regions import Region, enlarged
from models.student import Weights


@dataclass(frozen=True, eq=False)
class Map:
    """What a stack drew: values (N, channels, height, width) over a region."""

    values: torch.Tensor
    region: Region


def draw_stack(
    weights: Weights, stack: str, pose: torch.Tensor, region: Region, below: Map | None, pixels: int
) -> Map:
    """The stack of that name over a region, for poses (N, 45, 1) and the weights of N characters.

    `below` is what the stack before it drew, holding at least what the region needs. Drawn in bands of
    about so many pixels, each taken through all the layers while its features are still in the caches.
    """
    first = _per_frame(weights, stack, pose)
    drawn = []
    for band in region.bands(max(1, pixels // region.width)):
        x = _first_term(first, band, below)
        for number in range(HIDDEN[stack]):
            x = _product(weights, f"{stack}.{number}", x.sin_())
        x = _product(weights, f"{stack}.end", x.sin_())
        drawn.append(x.view(*x.shape[:2], band.height, band.width))
    return Map(torch.cat(drawn, dim=2) if len(drawn) > 1 else drawn[0], region)


def _per_frame(weights: Weights, stack: str, pose: torch.Tensor) -> torch.Tensor:
    """What [x, y, 1] is multiplied by, (N, out, 3): the pose is the same for every pixel of a frame."""
    matrix = weights[f"{stack}.pose"]
    offset = torch.baddbmm(weights[f"{stack}.bias"], matrix, pose[:, : matrix.shape[2]])
    return torch.cat([weights[f"{stack}.position"], offset], dim=2)


def _first_term(first: torch.Tensor, band: Region, below: Map | None) -> torch.Tensor:
    ground = band.positions(first.device).flatten(1)
    ground = torch.cat([ground, torch.ones_like(ground[:1])]).expand(len(first), -1, -1)
    if below is None:
        return torch.bmm(first, ground)
    near = band.below()
    features = enlarged(near.cut(below.values, below.region), near, band)
    return features.flatten(2).baddbmm_(first, ground)


def _product(weights: Weights, layer: str, x: torch.Tensor) -> torch.Tensor:
    return torch.baddbmm(weights[f"{layer}.bias"], weights[f"{layer}.weight"], x)
