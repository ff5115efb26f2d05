"""The kernels, launched over regions for a batch of frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from models.compose import EMPTY
from models.fused import programs
from models.fused.packing import CHANNELS, FIRST, WIDTHS
from models.fused.programs import Program
from models.fused.tiles import Tiles, quads_of
from models.regions import Region, face_of
from models.student import Weights


@dataclass(frozen=True, eq=False)
class Batch:
    """Frames drawn together: for each the place of its character in `weights`, and its first terms.

    weights: of characters, as `models/fused/packing.py` has them, stacked. slots: int64 (N,). first: float32
    (N, 3, CHANNELS), what x, y and 1 are multiplied by in first layers.
    """

    weights: Weights
    slots: torch.Tensor
    first: torch.Tensor


def listed(*numbers: Sequence[int]) -> torch.Tensor:
    """Some numbers of each frame, int64 (how many, N or more), to be sent to the device at once.

    Each row begins at a multiple of 16 bytes: for others Triton would compile every kernel anew.
    """
    count = len(numbers[0])
    return torch.tensor([[*row, 0][: count + count % 2] for row in numbers])


def posed(weights: Weights, slots: torch.Tensor, pose: torch.Tensor) -> Batch:
    """Frames of the characters at `slots`, int64 (N,), in those poses, float32 (N, 45)."""
    first = torch.empty(len(pose), 3, CHANNELS, device=pose.device)
    program = _program(pose.device, "first")
    program.launch((-(-CHANNELS // program.units), len(pose)), weights["first"], slots, pose, first)
    return Batch(weights, slots, first)


def runs(device: torch.device) -> tuple[int, ...]:
    """Quads of a run at each level, coarsest first: as many as a program's registers hold."""
    names = ("ground", "level.1", "level.2")
    return tuple(_program(device, name).units for name in names)


def draw_faces(batch: Batch, frames: torch.Tensor, places: torch.Tensor, faces: torch.Tensor) -> None:
    """Draw the faces of some frames of a batch, int64 (any,), into `faces`, float32 (room, side, side, 4), at
    the places of all of its frames, int64 (N,). Nothing is drawn for NONE.
    """
    side, program = faces.shape[1], _program(faces.device, "face")
    weights, biases = batch.weights["face.weights"], batch.weights["face.biases"]
    program.launch(
        (-(-side * side // program.units), len(frames)),
        _first(batch, "face"),
        frames,
        weights,
        biases,
        batch.slots,
        places,
        faces,
        side,
        weights.shape[1],
        biases.shape[1],
    )


def level_map(
    batch: Batch, level: int, region: Region, tiles: Tiles, below: torch.Tensor | None
) -> torch.Tensor:
    """A level of the body morpher over a region, float32 (N, area, channels), at the pixels of its tiles.

    `below` is the map of the level before, over `region.below()`. What is not drawn is undefined.
    """
    if below is None:
        return _ground_map(batch, region, tiles)
    program, under = _program(below.device, f"level.{level}"), region.below()
    weights = batch.weights[f"body.{level}.weights"]
    out = torch.empty(len(below), region.area, program.constants["kept"], device=below.device)
    program.launch(
        (tiles.count, len(below)),
        _first(batch, f"body.{level}"),
        below,
        weights,
        batch.slots,
        *_lists(tiles),
        out,
        *_where(region, tiles),
        under.left,
        under.top,
        under.width,
        under.area,
        weights.shape[1],
    )
    return out


def _ground_map(batch: Batch, region: Region, tiles: Tiles) -> torch.Tensor:
    """The lowest level, which stands on nothing but position and pose."""
    device, count = batch.first.device, len(batch.first)
    weights, widths = batch.weights["body.0.weights"], WIDTHS["body.0"]
    features = torch.empty(count, tiles.count, 4 * tiles.run, widths[1], dtype=torch.half, device=device)
    out = torch.empty(count, region.area, widths[-1], device=device)
    shared, where = (weights, batch.slots, *_lists(tiles)), (*_where(region, tiles), weights.shape[1])
    _program(device, "ground").launch(
        (tiles.count, count), _first(batch, "body.0"), *shared, features, *where
    )
    _program(device, "rise").launch((tiles.count, count), features, *shared, out, *where)
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
    _program(body.device, "blend").launch(
        (tiles.count, len(body)),
        body,
        faces,
        places,
        pictures,
        slots,
        *_lists(tiles),
        out,
        *_where(region, tiles),
        place.left,
        place.top,
        place.width,
    )
    return out


def _program(device: torch.device, name: str) -> Program:
    return programs.programs(programs.kind_of(device))[name]


def _first(batch: Batch, stack: str) -> torch.Tensor:
    """The first terms from those of one stack on."""
    return batch.first[:, :, FIRST[stack] :]


def _lists(tiles: Tiles) -> tuple[torch.Tensor, torch.Tensor]:
    return tiles.lists, tiles.plans


def _where(region: Region, tiles: Tiles) -> tuple[int, ...]:
    """The length of a list, the region, and the quads that cover it."""
    grid = quads_of(region)
    pixels = (region.size, region.left, region.top, region.width, region.height)
    return tiles.lists.shape[1], *pixels, grid.left, grid.top, grid.width, grid.count
