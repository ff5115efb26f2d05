"""The picture at rest under a flow, at some pixels only, without whole pictures being made."""

from __future__ import annotations

import torch

from models.distill.pool import Pool
from models.distill.squares import Squares
from models.view import FULL


def warped(pool: Pool, slots: torch.Tensor, squares: Squares, flow: torch.Tensor) -> torch.Tensor:
    """What `compose` calls warped, of squares: flow (N, side, side, 2) -> (N, side, side, 4).

    Differentiable by the flow.
    """
    columns, rows = squares.pixels()
    x = _within(flow[..., 0] * (FULL / 2) + columns[:, None])
    y = _within(flow[..., 1] * (FULL / 2) + rows[:, :, None])
    left, top = (edge.detach().floor().clamp(max=FULL - 2) for edge in (x, y))
    across, down = (x - left)[..., None], (y - top)[..., None]
    left, top = left.long(), top.long()
    upper = torch.lerp(pool.resting(slots, top, left), pool.resting(slots, top, left + 1), across)
    lower = torch.lerp(pool.resting(slots, top + 1, left), pool.resting(slots, top + 1, left + 1), across)
    return torch.lerp(upper, lower, down)


def _within(place: torch.Tensor) -> torch.Tensor:
    return place.clamp(0, FULL - 1)
