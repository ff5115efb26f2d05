"""How a picture lies in memory for its codec; it is packed on the device, before it comes to the host."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch

from models.pictures import to_display
from models.planes import to_planes

Background = tuple[int, int, int] | None
Layout = Literal["rgba", "planes", "stacked"]
"""`rgba`: uint8 (height, width, 4), sRGB with straight alpha. `planes`: I420, opaque. `stacked`: I420, twice
as tall, alpha below colour. See `models.planes` for the two."""


@dataclass(frozen=True)
class Packing:
    """What a codec is given, and over which background (8-bit sRGB, or None for none)."""

    layout: Layout = "rgba"
    background: Background = None


def pack(frames: torch.Tensor, packing: Packing) -> torch.Tensor:
    """Network space (N, 4, h, w) to uint8, one picture after another, on the same device."""
    if packing.layout == "rgba":
        return to_display(frames, packing.background)
    return to_planes(frames, packing.background, stacked=packing.layout == "stacked")
