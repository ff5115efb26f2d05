"""What need not be drawn of a request, by its character's reach. Pure.

A pose's grade says what its character may show (`models/reach.py`). Before the rest is left out, a small
picture of it is looked at: where that shows anything, the whole is drawn after all.
"""

from __future__ import annotations

from dataclasses import replace

import torch

from models.engine import Request
from models.reach import FAINT, GLANCE, WILD, Reach, grade_of
from models.view import View


def grade_for(request: Request, reach: Reach | None) -> int:
    """The grade by which pixels are skipped: WILD where none are, or a glance would cost as much."""
    if reach is None or request.view.size == GLANCE:
        return WILD
    grade = grade_of(request.pose)
    return grade if reach.saves(grade) else WILD


def shown(reach: Reach | None, size: int, grade: int, *, beyond: bool = False) -> torch.Tensor:
    """Pixels of a picture that poses of a grade may show, bool (size, size), or all others: `beyond`."""
    if reach is None or grade == WILD:
        return torch.full((size, size), not beyond)
    return reach.shown(size, grade) != beyond


def glance(request: Request) -> Request:
    """The small picture that is looked at."""
    return replace(request, view=View(GLANCE, request.view.crop))


def is_empty(frame: torch.Tensor) -> torch.Tensor:
    """Whether nothing is seen in frames (..., 4, h, w), empty where they were not drawn."""
    return (frame[..., 3, :, :] <= FAINT).flatten(-2).all(-1)
