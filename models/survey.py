"""Finding which pixels a character can ever show, by drawing it at very many poses.

First small pictures at poses of every kind. Then what lies about the border of all that they showed, at full
and at half size and at fresh poses, round after round, each adding what it found, until one finds nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from models.character import Character
from models.engine import Engine, Request, View
from models.pose import COUNT, MAXIMUM, MINIMUM
from models.reach import BODY, BODY_SUMS, CALM_SUM, CELLS, GRADES, NEVER, SHADES, WILD, Reach

Poses = NDArray[np.float32]

# A quarter of an 8-bit step of alpha, in network space. It is not seen yet, but where some hundred poses pass
# it, one of all the others may pass a whole step.
FAINT = -1 + 2 * 0.25 / 255

# Cells on either side of the border that are drawn in a round, and that are added around what it found.
BAND = 3
MARGIN = 1

# The same around what small pictures showed at wild poses, of which there are too many kinds to try.
WILD_MARGIN = 2

LIMITS = (*BODY_SUMS, COUNT - BODY)
"""The largest sum of a body's numbers in the grades below WILD."""


@dataclass(frozen=True)
class Effort:
    """How many poses of each grade are drawn: as small pictures, in each round at the border, and rounds."""

    small: int = 500
    border: int = 80
    rounds: int = 4

    @property
    def poses(self) -> int:
        """How many poses are drawn at most."""
        return len(single_poses()) + len(GRADES) * (self.small + self.rounds * self.border)


def find_reach(
    character: Character,
    engine: Engine,
    effort: Effort | None = None,
    seed: int = 0,
    on_pose: Callable[[], None] = lambda: None,
) -> Reach:
    """What a character shows at poses of every kind, with a margin; the same for the same seed.

    The engine loads and unloads the character; one that skips is far quicker. `on_pose` is called after
    each pose that was drawn.
    """
    effort, random = effort or Effort(), np.random.default_rng(seed)
    survey = _Survey(character, engine, on_pose)
    cells = torch.full((CELLS, CELLS), NEVER, dtype=torch.uint8)
    try:
        shown = survey.small(single_poses(), cells > NEVER)
        for grade in GRADES:
            poses = partial(_poses, grade, random=random)
            shown = survey.small(poses(effort.small), shown)
            shown = _grown(shown, WILD_MARGIN) if grade == WILD else shown
            for _ in range(effort.rounds):
                more = survey.border(poses(effort.border), shown)
                if torch.equal(more, shown):
                    break
                shown = more
            cells[shown & (cells == NEVER)] = SHADES[grade]
    finally:
        engine.unload(character.id)
    return Reach(cells)


def single_poses() -> Poses:
    """Every parameter alone, at each of its extremes."""
    return np.concatenate([np.diag(MAXIMUM), np.diag(MINIMUM)[MINIMUM < 0]])


def calm_poses(grade: int, count: int, random: np.random.Generator) -> Poses:
    """Poses (count, 45) up to a grade below WILD: some of a face, all of a body, to their extremes often."""
    poses = random.uniform(MINIMUM, MAXIMUM, (count, COUNT))
    extreme = random.random(poses.shape) < random.choice((0.1, 0.5, 1.0), (count, 1))
    poses = np.where(extreme, _extremes(count, random), poses)
    used = random.random((count, BODY)) < random.choice((0.1, 0.3, 0.6), (count, 1))
    # A little less than the limits, so that rounding to float32 takes no pose over them.
    body = _spent(poses[:, BODY:], 0.999 * LIMITS[grade], random)
    face, left = poses[:, :BODY] * used, 0.999 * CALM_SUM - np.abs(body).sum(axis=1, keepdims=True)
    face *= np.minimum(left / np.maximum(np.abs(face).sum(axis=1, keepdims=True), 1e-6), 1)
    return np.concatenate([face, body], axis=1).astype(np.float32)


def wild_poses(count: int, random: np.random.Generator) -> Poses:
    """Poses (count, 45) of any numbers within range, half of them with every number at an extreme."""
    anywhere = random.uniform(MINIMUM, MAXIMUM, (count, COUNT))
    anywhere[::2] = _extremes(count, random)[::2]
    return anywhere.astype(np.float32)


def _extremes(count: int, random: np.random.Generator) -> NDArray[np.float64]:
    return np.where(random.random((count, COUNT)) < 0.5, MINIMUM, MAXIMUM).astype(np.float64)


def _spent(values: NDArray[np.float64], limit: float, random: np.random.Generator) -> NDArray[np.float64]:
    """Values (count, n), each row kept as long as its sum is within the limit, in an order drawn by lot."""
    order = random.permuted(np.tile(np.arange(values.shape[1]), (len(values), 1)), axis=1)
    sizes = np.take_along_axis(np.abs(values), order, axis=1)
    kept = np.clip(limit - (np.cumsum(sizes, axis=1) - sizes), 0, sizes)
    result = np.empty_like(values)
    np.put_along_axis(result, order, kept, axis=1)
    return np.copysign(result, values)


def _poses(grade: int, count: int, random: np.random.Generator) -> Poses:
    return wild_poses(count, random) if grade == WILD else calm_poses(grade, count, random)


@dataclass(frozen=True, eq=False)
class _Survey:
    """Draws one character, and adds the cells that it showed to those that are known, bool (256, 256)."""

    character: Character
    engine: Engine
    on_pose: Callable[[], None]

    def small(self, poses: Poses, known: torch.Tensor) -> torch.Tensor:
        if known.all():
            return known
        self.engine.load(replace(self.character, reach=None))
        return known | self._seen(poses, (View(128),))

    def border(self, poses: Poses, known: torch.Tensor) -> torch.Tensor:
        band = _grown(known, BAND) & _grown(~known, BAND)
        if not band.any():
            return known
        # Only the band is drawn: the rest of the picture is already known to be shown, or is beyond it.
        self.engine.load(replace(self.character, reach=Reach(torch.where(band, SHADES[0], NEVER).byte())))
        found = self._seen(poses, (View(512), View(256))) & ~known
        return known | _grown(found, MARGIN)

    def _seen(self, poses: Poses, views: tuple[View, ...]) -> torch.Tensor:
        seen = torch.zeros(CELLS, CELLS, dtype=torch.bool)
        for pose in poses:
            for picture in self.engine.draw([Request(self.character.id, pose, view) for view in views]):
                seen |= _cells(picture[3].cpu() > FAINT)
            self.on_pose()
            if seen.all():
                break
        return seen


def _cells(pixels: torch.Tensor) -> torch.Tensor:
    """The cells that pixels (size, size) of a picture lie in."""
    size = len(pixels)
    if size >= CELLS:
        return F.max_pool2d(pixels[None].float(), size // CELLS)[0] > 0
    return pixels.repeat_interleave(CELLS // size, 0).repeat_interleave(CELLS // size, 1)


def _grown(cells: torch.Tensor, by: int) -> torch.Tensor:
    return F.max_pool2d(cells[None].float(), 2 * by + 1, 1, by)[0] > 0
