"""Pictures as video coders take them: luma and two quarter planes of chroma, packed on the device.

BT.709 matrix, full range, 8 bits (ITU-T H.273: E'Y = 0.2126 R + 0.7152 G + 0.0722 B); chroma is the mean of
two by two pixels, so it lies in the middle of them.
"""

from __future__ import annotations

from functools import lru_cache

import torch
import torch.nn.functional as F

from models.pictures import Background, to_channels

RED, GREEN, BLUE = 0.2126, 0.7152, 0.0722
NEUTRAL = 128
"""Chroma of grey."""


def to_planes(frames: torch.Tensor, background: Background = None, *, stacked: bool = False) -> torch.Tensor:
    """Network space (N, 4, h, w), h and w even, to I420: uint8 (N, H * 3 / 2, w), on the same device.

    Rows of `w` bytes: H rows of luma, then all of Cb, then all of Cr. Not stacked, H is h, and the picture
    lies over the background (8-bit sRGB; white for None), mixed in linear light. Stacked, H is 2h: above, the
    sRGB colour multiplied by alpha; below, alpha as luma without colour. Rounded to nearest.
    """
    if background is None and not stacked:
        background = (255, 255, 255)
    rgba = to_channels(frames, background)
    rgb, alpha = rgba[:, :3].float(), rgba[:, 3:]
    if background is None:
        rgb.mul_(alpha.float().mul_(1 / 255))
    luma, chroma = _luma(rgb), _chroma(rgb)
    if stacked:
        luma = torch.cat([luma, alpha], dim=2)
        chroma = torch.cat([chroma, torch.full_like(chroma, NEUTRAL)], dim=2)
    packed = torch.cat([luma.flatten(1), chroma.flatten(1)], dim=1)
    return packed.view(len(frames), -1, frames.shape[3])


def _luma(rgb: torch.Tensor) -> torch.Tensor:
    """uint8 (N, 1, h, w) of sRGB, float32 (N, 3, h, w) in [0, 255]."""
    weights, _ = _weights(rgb.device)
    luma = torch.matmul(weights, rgb.flatten(2)).round_().clamp_(0, 255)
    return luma.to(torch.uint8).view(len(rgb), 1, *rgb.shape[2:])


def _chroma(rgb: torch.Tensor) -> torch.Tensor:
    """Cb and Cr, uint8 (N, 2, h / 2, w / 2)."""
    _, weights = _weights(rgb.device)
    means = F.avg_pool2d(rgb, 2)
    chroma = torch.matmul(weights, means.flatten(2)).add_(NEUTRAL).round_().clamp_(0, 255)
    return chroma.to(torch.uint8).view(len(rgb), 2, *means.shape[2:])


@lru_cache
def _weights(device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """(1, 3) for luma and (2, 3) for Cb, Cr: the difference to luma, scaled to [-1/2, 1/2]."""
    luma = torch.tensor([[RED, GREEN, BLUE]])
    blue = (torch.tensor([[0.0, 0.0, 1.0]]) - luma) / (2 * (1 - BLUE))
    red = (torch.tensor([[1.0, 0.0, 0.0]]) - luma) / (2 * (1 - RED))
    return luma.to(device), torch.cat([blue, red]).to(device)
