"""Floating-point operations of a frame, from the sizes of the networks and the pixels that are drawn.

A product and a sum count as two; sines are not counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch

from models.engine import Request
from models.reach import GLANCE, WILD, Reach
from models.recent import Recent
from models.regions import face_of, levels_of, masks_of
from models.skipping import glance, grade_for, shown
from models.student import SIZES
from models.view import View

# Pixels here and there take longer than the same in rows.
_WORTH = 0.85

# Of how many characters, views and grades it is kept whether skipping pays.
_KEPT = 4096


def literal_flop(view: View) -> int:
    """What the literal engine does for one frame."""
    levels = [region.area for region in levels_of(view.size, view.box)]
    features = (0, *(widths[-1] for widths in SIZES.body_levels[:-1]))
    ends = [()] * (len(levels) - 1) + [(SIZES.body_out,)]
    face = _layers((2 + SIZES.face_pose, *SIZES.face_layers, SIZES.face_out)) * face_of(view.size).area
    stacks = zip(levels, features, SIZES.body_levels, ends, strict=True)
    return face + sum(
        area * _layers((below + 2 + SIZES.pose, *widths, *end)) for area, below, widths, end in stacks
    )


def folded_flop(view: View) -> int:
    """What an engine that folds does for one frame of which it skips nothing."""
    return _folded(view, torch.ones(view.size, view.size, dtype=torch.bool))


def skipping_flop(request: Request, reach: Reach | None) -> int:
    """What an engine that skips does for a frame whose pose shows nothing beyond its grade."""
    grade = grade_for(request, reach)
    if grade == WILD or not skipping_pays(request, reach, grade):
        return folded_flop(request.view)
    return _skipping(request, reach, grade)


class Grades:
    """The grades by which requests are drawn: WILD also where it would not pay to skip.

    That is kept for characters and views, as it takes longer to find out than a device may have for a frame.
    """

    def __init__(self) -> None:
        self._paying: Recent[tuple[View, int], bool] = Recent(_KEPT)

    def of(self, request: Request, reach: Reach | None) -> int:
        """The grade of a request whose character has that reach."""
        grade = grade_for(request, reach)
        if grade == WILD:
            return WILD
        pays = self._paying.get(
            request.character, (request.view, grade), lambda: skipping_pays(request, reach, grade)
        )
        return grade if pays else WILD

    def forget(self, character: str) -> None:
        """Its reach is another, or none."""
        self._paying.forget(character)


def skipping_pays(request: Request, reach: Reach | None, grade: int) -> bool:
    """Whether a frame without what a grade does not show, and a glance before it, cost less than all."""
    return _skipping(request, reach, grade) < _WORTH * folded_flop(request.view)


def _skipping(request: Request, reach: Reach | None, grade: int) -> int:
    drawn = _folded(request.view, shown(reach, request.view.size, grade))
    return drawn + _folded(glance(request).view, shown(reach, GLANCE, grade, beyond=True))


def _folded(view: View, wanted: torch.Tensor) -> int:
    """The operations for the face, and for the body at the pixels in view that are wanted."""
    levels = [int(mask.sum()) for mask in masks_of(wanted, view.box)]
    ends = [*(widths[0] for widths in SIZES.body_levels[1:]), SIZES.body_out]
    face = _stack((*SIZES.face_layers, SIZES.face_out)) * face_of(view.size).area
    stacks = zip(levels, SIZES.body_levels, ends, strict=True)
    return face + sum(area * _stack((*widths, end)) for area, widths, end in stacks)


def _stack(widths: Sequence[int]) -> int:
    """For each pixel: a first term of [x, y, 1], and products after it."""
    return 2 * 3 * widths[0] + _layers(widths)


def _layers(widths: Sequence[int]) -> int:
    return sum(2 * inputs * outputs for inputs, outputs in pairwise(widths))
