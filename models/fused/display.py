"""Frames as bytes in one launch, where `models/pictures.py` and `models/planes.py` take twenty."""

from __future__ import annotations

from functools import lru_cache

import torch

from models.fused.programs import current, kind_of, programs, shown
from models.pictures import Background
from models.srgb import byte_tables, srgb_to_linear


def to_display(frames: torch.Tensor, background: Background = None) -> torch.Tensor:
    """What `models.pictures.to_display` says: uint8 (N, h, w, 4), for h and w that are even."""
    count, _, height, width = frames.shape
    out = torch.empty(count, height, width, 4, dtype=torch.uint8, device=frames.device)
    return _shown(frames, "rgba", background, out)


def to_planes(frames: torch.Tensor, background: Background = None, *, stacked: bool = False) -> torch.Tensor:
    """What `models.planes.to_planes` says: uint8 (N, H * 3 / 2, w)."""
    if background is None and not stacked:
        background = (255, 255, 255)
    count, _, height, width = frames.shape
    tall = 2 * height if stacked else height
    out = torch.empty(count, tall * 3 // 2, width, dtype=torch.uint8, device=frames.device)
    return _shown(frames, "stacked" if stacked else "planes", background, out)


def _shown(frames: torch.Tensor, layout: str, background: Background, out: torch.Tensor) -> torch.Tensor:
    count, _, height, width = frames.shape
    program = programs(kind_of(frames.device))[shown(layout, over=background is not None)]
    cells = height * width // 4
    with current(frames.device):
        program.launch(
            (-(-cells // program.units), count),
            frames.contiguous(),
            *byte_tables(frames.device),
            out,
            width,
            height,
            *_light(background or (0, 0, 0)),
        )
    return out


@lru_cache
def _light(colour: tuple[int, int, int]) -> tuple[float, ...]:
    return tuple(srgb_to_linear(torch.tensor(colour) / 255).tolist())
