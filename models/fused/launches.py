"""The kernels, launched over regions for a batch of frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from models.compose import EMPTY
from models.fused.kernels import blend, draw_face, draw_level
from models.fused.packing import WIDTHS
from models.fused.tiles import Tiles
from models.regions import LEVELS, Region, face_of
from models.student import Weights

BODY_CHANNELS = WIDTHS["body.2"][-1]
PARTS = 3
"""A level's features are held in so many parts."""


@dataclass(frozen=True, eq=False)
class Batch:
    """Frames drawn together: poses (N, 45), and for each the place of its character in `weights`.

    weights: of characters, as `models/fused/packing.py` has them, stacked. slots: int64 (N,).
    """

    weights: Weights
    slots: torch.Tensor
    pose: torch.Tensor

    def part(self, frames: Sequence[int]) -> Batch:
        """Some of the frames."""
        numbers = torch.tensor(frames, device=self.slots.device)
        return Batch(self.weights, self.slots[numbers], self.pose[numbers])


def blocks(device: torch.device) -> tuple[int, ...]:
    """Pixels of a run at each level, coarsest first: as many as a program's registers hold."""
    return tuple(_block(device, WIDTHS[f"body.{level}"][0]) for level in range(LEVELS))


def draw_faces(batch: Batch, places: torch.Tensor, faces: torch.Tensor) -> None:
    """Draw the faces of a batch into `faces`, float32 (room, side, side, 4), at their places, int64 (N,)."""
    widths, side = WIDTHS["face"], faces.shape[1]
    block = _block(faces.device)
    draw_face[(-(-side * side // block), len(batch.pose))](
        _first(batch, "face"),
        *_layers(batch, "face"),
        places,
        faces,
        side,
        *_each(batch, "face"),
        layers=len(widths) - 2,
        wide=widths[0],
        part_end=widths[-1],
        block=block,
        # One matrix ahead: more would not fit the shared memory of every device.
        num_stages=2,
    )


def level_map(
    batch: Batch, level: int, region: Region, tiles: Tiles, below: torch.Tensor | None
) -> torch.Tensor:
    """A level of the body morpher over a region, float32 (N, area, channels), at the pixels of its tiles.

    `below` is the map of the level before, over `region.below()`. What is not drawn is undefined.
    """
    stack = f"body.{level}"
    (wide, _, middle, end), under = WIDTHS[stack], region.below()
    out = torch.empty(len(batch.pose), region.area, end, device=batch.pose.device)
    ends = 1 if end < wide // PARTS else PARTS
    draw_level[(tiles.count, len(batch.pose))](
        _first(batch, stack),
        out if below is None else below,
        *_layers(batch, stack),
        tiles.lists,
        tiles.plans,
        out,
        tiles.lists.shape[1],
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
        block=tiles.block,
        num_warps=8,
    )
    return out


def blended(
    pictures: torch.Tensor,
    slots: torch.Tensor,
    faces: torch.Tensor,
    places: torch.Tensor,
    body: torch.Tensor,
    region: Region,
    tiles: Tiles,
) -> torch.Tensor:
    """Frames (N, 4, region), from pictures and what the morphers drew; empty beyond the pixels of `tiles`.

    pictures: float16 (characters, size, size, 4), half of network space and a half, that of a frame at its
    slot, int64 (N,); faces as in `draw_faces`; body: what `level_map` gives.
    """
    place = face_of(region.size)
    out = torch.full((len(body), 4, region.height, region.width), EMPTY, device=body.device)
    blend[(tiles.count, len(body))](
        body,
        faces,
        places,
        pictures,
        slots,
        tiles.lists,
        tiles.plans,
        out,
        tiles.lists.shape[1],
        *_where(region),
        place.left,
        place.top,
        place.width,
        body_channels=BODY_CHANNELS,
        block=tiles.block,
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


def _block(device: torch.device, wide: int = 1) -> int:
    if device.type == "cpu":
        # The interpreter pays for each program and not for its size.
        return 1024
    return 32 if wide > 256 else 64
