"""From what the two morphers say to a frame: paste, warp and blend (THA4 §5.1)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F

from models.regions import Region, face_of

# What a pixel in which there is nothing has in all four channels, in network space.
EMPTY = -1.0


@dataclass(frozen=True)
class Stages:
    """Everything on the way to a batch of frames, float32 (N, channels, height, width).

    face: 4 channels, network space, the whole face region.
    flow: (dx, dy) in normalised device coordinates; alpha: 1 channel, not bounded.
    color: 4 channels, what the body morpher draws directly; warped: 4, the character's picture under
    the flow; blended: 4, the frame.
    """

    face: torch.Tensor
    flow: torch.Tensor
    alpha: torch.Tensor
    color: torch.Tensor
    warped: torch.Tensor
    blended: torch.Tensor


def compose(pictures: torch.Tensor, face: torch.Tensor, body: torch.Tensor, region: Region) -> Stages:
    """Frames from characters' pictures (N, 4, size, size), faces (N, 4, face region) and the body
    morpher's output (N, 7, region). `pictures` is written over.
    """
    place = face_of(region.size)
    pictures[:, :, place.top : place.bottom, place.left : place.right] = face
    flow, alpha, color = body[:, 0:2], body[:, 2:3], body[:, 3:7]
    grid = (flow + region.positions(body.device)).permute(0, 2, 3, 1)
    warped = F.grid_sample(pictures, grid, mode="bilinear", padding_mode="border", align_corners=False)
    return Stages(face, flow, alpha, color, warped, torch.lerp(warped, color, alpha))


def shrunk(picture: torch.Tensor, size: int) -> torch.Tensor:
    """A picture (4, 512, 512) averaged over boxes down to (4, size, size); the same one at 512."""
    return picture if picture.shape[-1] == size else F.adaptive_avg_pool2d(picture, size)
