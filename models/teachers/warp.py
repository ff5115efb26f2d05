"""The appearance flow, and the two ways in which the networks form a picture with it (THA4 §3)."""

from __future__ import annotations

import torch
import torch.nn.functional as F


def warp(image: torch.Tensor, flow: torch.Tensor) -> torch.Tensor:
    """Sample an image (N, C, h, w) at its own pixels moved by a flow (N, 2, h, w).

    The flow is (dx, dy) in normalised device coordinates. Bilinear; beyond the border the border's pixels
    are repeated. Positions are float32 whatever the image is: half precision cannot tell pixels apart.
    """
    grid = flow.float().permute(0, 2, 3, 1) + _identity(flow)
    moved = F.grid_sample(image.float(), grid, mode="bilinear", padding_mode="border", align_corners=False)
    return moved.to(image.dtype)


def blend(alpha: torch.Tensor, over: torch.Tensor, under: torch.Tensor) -> torch.Tensor:
    """`alpha * over + (1 - alpha) * under`."""
    return alpha * over + (1 - alpha) * under


def resized(image: torch.Tensor, size: int) -> torch.Tensor:
    """An image (N, C, h, w) resized bilinearly to (N, C, size, size), without antialiasing."""
    return F.interpolate(image, (size, size), mode="bilinear", align_corners=False)


def _identity(flow: torch.Tensor) -> torch.Tensor:
    height, width = flow.shape[-2:]
    y = (torch.arange(height, device=flow.device) * 2 + 1) / height - 1
    x = (torch.arange(width, device=flow.device) * 2 + 1) / width - 1
    return torch.stack([x.expand(height, width), y[:, None].expand(height, width)], dim=-1)
