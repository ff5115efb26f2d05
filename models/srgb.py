"""The transfer function between linear light and sRGB (IEC 61966-2-1), in numbers and in bytes."""

from __future__ import annotations

from functools import lru_cache

import torch

# Bins of linear light, narrower than any 8-bit value's range: each has at most one threshold.
BINS = 4096


def srgb_to_linear(values: torch.Tensor) -> torch.Tensor:
    """sRGB in [0, 1] to linear light in [0, 1], any shape."""
    return torch.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def linear_to_srgb(values: torch.Tensor) -> torch.Tensor:
    """Linear light in [0, 1] to sRGB in [0, 1], any shape."""
    return torch.where(values <= 0.0031308, values * 12.92, values.pow(1 / 2.4).mul_(1.055).sub_(0.055))


def linear_to_bytes(values: torch.Tensor) -> torch.Tensor:
    """Linear light, float32 in [0, 1], to 8-bit sRGB rounded to nearest, uint8 of the same shape.

    By table: the bin says the value but for one, and the one threshold that may be inside it says the rest.
    """
    floor, thresholds = byte_tables(values.device)
    light = values.flatten()
    found = floor.index_select(0, (light * BINS).int())
    found += light >= thresholds.index_select(0, found.int())
    return found.view(values.shape)


@lru_cache
def byte_tables(device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """For each bin the value at its lower end, uint8; for each value the light of the next, float32.

    A bin holds one threshold at most: the value is that of its bin, and one more from the threshold on.
    """
    halves = srgb_to_linear((torch.arange(255, dtype=torch.float64) + 0.5) / 255)
    near = halves.float()
    above = torch.where(near < halves, near.nextafter(torch.tensor(torch.inf)), near)
    thresholds = torch.cat([above, torch.tensor([torch.inf])])
    floor = torch.searchsorted(thresholds, torch.arange(BINS + 1) / BINS, right=True)
    return floor.to(torch.uint8).to(device), thresholds.to(device)
