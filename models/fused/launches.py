"""The kernels, launched over regions for a batch of frames."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from models.fused.kernels import blend, draw_face, draw_level
from models.fused.packing import WIDTHS
from models.regions import Region, face_of
from models.student import Weights

FACE_CHANNELS, BODY_CHANNELS = WIDTHS["face"][-1], WIDTHS["body.2"][-1]
PARTS = 3
"""A level's features are held in so many parts."""


@dataclass(frozen=True, eq=False)
class Batch:
    """Frames drawn together: poses (N, 45), and for each the place of its character in `weights`.

    weights: of each distinct character, as `models/fused/packing.py` has them, stacked. slots: int64 (N,).
    """

    weights: Weights
    slots: torch.Tensor
    pose: torch.Tensor


def face_map(batch: Batch, size: int) -> torch.Tensor:
    """The faces of a batch, float32 (N, side², 16), of which 4 channels count, for pictures of that size."""
    side, widths = face_of(size).width, WIDTHS["face"]
    out = _empty(batch, side * side, widths[-1])
    grid, block = _grid(batch, side * side)
    draw_face[grid](
        _first(batch, "face"),
        *_layers(batch, "face"),
        out,
        side,
        *_each(batch, "face"),
        layers=len(widths) - 2,
        wide=widths[0],
        part_end=widths[-1],
        block=block,
        # One matrix ahead: more would not fit the shared memory of every device.
        num_stages=2,
    )
    return out


def level_map(batch: Batch, level: int, region: Region, below: torch.Tensor | None) -> torch.Tensor:
    """A level of the body morpher over a region, float32 (N, area, channels).

    `below` is the map of the level before, over `region.below()`.
    """
    stack = f"body.{level}"
    (wide, _, middle, end), under = WIDTHS[stack], region.below()
    out = _empty(batch, region.area, end)
    ends = 1 if end < wide // PARTS else PARTS
    grid, block = _grid(batch, region.area, wide)
    draw_level[grid](
        _first(batch, stack),
        out if below is None else below,
        *_layers(batch, stack),
        out,
        *_where(region),
        under.left,
        under.top,
        under.width,
        under.area,
        *_each(batch, stack),
        is_above=below is not None,
        part=wide // PARTS,
        part_middle=middle // PARTS,
        part_end=end // ends,
        end_parts=ends,
        block=block,
        num_warps=8,
    )
    return out


def blended(
    batch: Batch, pictures: torch.Tensor, face: torch.Tensor, body: torch.Tensor, region: Region
) -> torch.Tensor:
    """Frames (N, 4, region), from the pictures (characters, 4, size, size) and what the morphers drew."""
    place = face_of(region.size)
    out = torch.empty(len(batch.pose), 4, region.height, region.width, device=pictures.device)
    grid, block = _grid(batch, region.area)
    blend[grid](
        body,
        face,
        pictures,
        batch.slots,
        out,
        *_where(region),
        place.left,
        place.top,
        place.width,
        body_channels=BODY_CHANNELS,
        face_channels=FACE_CHANNELS,
        block=block,
    )
    return out


def _first(batch: Batch, stack: str) -> torch.Tensor:
    """What x, y and 1 are multiplied by in a first layer, float32 (N, 3, out)."""
    position, matrix, bias = (
        batch.weights[f"{stack}.{name}"][batch.slots] for name in ("position", "pose", "bias")
    )
    offset = torch.baddbmm(bias, matrix, batch.pose[:, : matrix.shape[2], None])
    return torch.cat([position, offset], dim=2).mT.contiguous()


def _layers(batch: Batch, stack: str) -> tuple[torch.Tensor, ...]:
    return batch.weights[f"{stack}.weights"], batch.weights[f"{stack}.biases"], batch.slots


def _each(batch: Batch, stack: str) -> tuple[int, int]:
    """How many weights and biases a character has in a stack."""
    return batch.weights[f"{stack}.weights"].shape[1], batch.weights[f"{stack}.biases"].shape[1]


def _where(region: Region) -> tuple[int, int, int, int, int]:
    return region.size, region.left, region.top, region.width, region.area


def _empty(batch: Batch, pixels: int, channels: int) -> torch.Tensor:
    return torch.empty(len(batch.pose), pixels, channels, device=batch.pose.device)


def _grid(batch: Batch, pixels: int, wide: int = 1) -> tuple[tuple[int, int], int]:
    """Programs, and the pixels of each: as many as a device's registers hold, `wide` features for each."""
    block = 32 if wide > 256 else 64
    if batch.pose.device.type == "cpu":
        # The interpreter pays for each program and not for its size.
        block = 1024
    return (-(-pixels // block), len(batch.pose)), block
