"""LPIPS: how alike two pictures are to trained eyes (Zhang et al. 2018), by VGG16's features."""

from __future__ import annotations

from pathlib import Path

import torch
import torchmetrics

from models.vgg import Vgg, read_vgg

BLOCKS = 5
_NO_LENGTH = 1e-8

# What the features count comes with torchmetrics; what makes the features, VGG16's weights, does not.
_HEADS = Path(torchmetrics.__file__).parent / "functional" / "image" / "lpips_models" / "vgg.pth"


class Lpips:
    """The distance of two pictures, 0 for equal ones. vgg: all five blocks."""

    def __init__(self, vgg: Vgg) -> None:
        self._vgg = vgg
        heads = torch.load(_HEADS, map_location="cpu", weights_only=True)
        self._heads = [heads[f"lin{number}.model.1.weight"] for number in range(BLOCKS)]

    @torch.inference_mode()
    def __call__(self, one: torch.Tensor, other: torch.Tensor) -> float:
        """Pictures (1, 3, h, w) in [-1, 1], sRGB, on the CPU."""
        pairs = zip(self._vgg(one), self._vgg(other), self._heads, strict=True)
        layers = [((_unit(a) - _unit(b)) ** 2 * head).sum(1).mean() for a, b, head in pairs]
        return float(torch.stack(layers).sum())


def read_lpips(vgg: Path) -> Lpips:
    """LPIPS from a file of VGG16's weights, torchvision's. Raises WeightsError."""
    return Lpips(read_vgg(vgg, BLOCKS))


def _unit(features: torch.Tensor) -> torch.Tensor:
    return features / (_NO_LENGTH + (features**2).sum(1, keepdim=True)).sqrt()
