"""How a picture lies in memory for its codec; it is packed on the device, before it comes to the host."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch

from models.pictures import Background, to_display
from models.planes import to_planes

Layout = Literal["rgba", "planes", "stacked"]
"""`rgba`: uint8 (height, width, 4), sRGB with straight alpha. `planes`: I420, opaque. `stacked`: I420, twice
as tall, alpha below colour. See `models.planes` for the two."""


@dataclass(frozen=True)
class Packing:
    """What a codec is given, and over which background (8-bit sRGB, or None for none)."""

    layout: Layout = "rgba"
    background: Background = None


def pack(frames: torch.Tensor, packing: Packing, *, fused: bool = False) -> torch.Tensor:
    """Network space (N, 4, h, w), h and w even, to uint8, one picture after another, on the same device.

    fused: by a kernel of ours in one launch, where the triton engine draws.
    """
    if fused:
        # Triton is not there on every machine.
        from models.fused import display

        if packing.layout == "rgba":
            return display.to_display(frames, packing.background)
        return display.to_planes(frames, packing.background, stacked=packing.layout == "stacked")
    if packing.layout == "rgba":
        return to_display(frames, packing.background)
    return to_planes(frames, packing.background, stacked=packing.layout == "stacked")
