"""Finding which pixels a character shows, by drawing it at very many poses.

For each grade poses are drawn by lot from all that belong to it, its far corners often, until so many in a
row show nothing new. Where no end of the new is found, the grade is taken to show everything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from models.character import Character
from models.engine import Engine, Request, View
from models.pose import COUNT, MAXIMUM, MINIMUM
from models.reach import CELLS, FACE, FAINT, LIMITS, SHADES, TURNS, WILD, Reach

Poses = NDArray[np.float32]

# Half a step: what passes it where nothing was known is new.
NOTED = -1 + 2 * 0.5 / 255

# Cells that are added around all that was shown.
MARGIN = 4

# Larger pictures show what these do, and cost several times as much.
VIEWS = (View(256), View(128))


@dataclass(frozen=True)
class Effort:
    """How many poses in a row must show nothing new, and how many of a grade are drawn at most."""

    quiet: int = 500
    most: int = 3000


def find_reach(
    character: Character,
    engine: Engine,
    effort: Effort | None = None,
    seed: int = 0,
    on_pose: Callable[[], None] = lambda: None,
) -> Reach:
    """What a character shows at poses of every grade, with a margin; the same for the same seed.

    The engine must draw everything; it loads and unloads the character. `on_pose` is called after each pose
    that was drawn.
    """
    random, survey = np.random.default_rng(seed), _Survey(character, engine, effort or Effort(), on_pose)
    cells = torch.zeros(CELLS, CELLS, dtype=torch.uint8)
    shown = cells > 0
    engine.load(character)
    try:
        for grade in range(WILD):
            shown = survey.explored(grade, random, shown)
            cells[_grown(shown) & (cells == 0)] = SHADES[grade]
    finally:
        engine.unload(character.id)
    return Reach(cells)


def poses_of(grade: int, count: int, random: np.random.Generator) -> Poses:
    """Poses (count, 45) from all over a grade below WILD: few or many parameters moved, to any extent."""
    poses = random.uniform(MINIMUM, MAXIMUM, (count, COUNT))
    corners = np.where(random.random(poses.shape) < 0.5, MINIMUM, MAXIMUM)
    poses = np.where(random.random(poses.shape) < random.choice((0, 0.5, 1), (count, 1)), corners, poses)
    poses *= random.random(poses.shape) < random.choice((0.1, 0.3, 1), (count, 1))
    # A little less than the limits, so that rounding to float32 takes no pose over them.
    turns, face = (0.999 * limit for limit in LIMITS[grade])
    poses[:, FACE:TURNS] = _limited(poses[:, FACE:TURNS], turns, random)
    poses[:, :FACE] = _limited(poses[:, :FACE], face, random)
    return poses.astype(np.float32)


def _limited(values: NDArray[np.float64], limit: float, random: np.random.Generator) -> NDArray[np.float64]:
    """Values (count, n), by lot each row made smaller in all or cut off where its sum reaches the limit."""
    sizes = np.abs(values)
    order = np.argsort(random.random(values.shape), axis=1)
    before = np.cumsum(np.take_along_axis(sizes, order, axis=1), axis=1)
    left = np.empty_like(values)
    np.put_along_axis(left, order, limit - before, axis=1)
    cut = np.clip(left + sizes, 0, sizes)
    smaller = sizes * np.minimum(limit / np.maximum(before[:, -1:], limit), 1)
    return np.copysign(np.where(random.random((len(values), 1)) < 0.5, cut, smaller), values)


@dataclass(frozen=True, eq=False)
class _Survey:
    """Draws one character, and adds the cells that it showed to those that are known, bool (256, 256)."""

    character: Character
    engine: Engine
    effort: Effort
    on_pose: Callable[[], None]

    def explored(self, grade: int, random: np.random.Generator, shown: torch.Tensor) -> torch.Tensor:
        quiet = 0
        for pose in poses_of(grade, self.effort.most, random):
            known = _grown(shown)
            if known.all():
                break
            alpha = self._alpha(pose)
            quiet = 0 if (alpha[~known] > NOTED).any() else quiet + 1
            shown = shown | (alpha > FAINT)
            if quiet == self.effort.quiet:
                return shown
        return torch.ones_like(shown)

    def _alpha(self, pose: NDArray[np.float32]) -> torch.Tensor:
        """The largest alpha in each cell at a pose."""
        requests = [Request(self.character.id, pose, view) for view in VIEWS]
        large, small = (_cells(picture[3].cpu()) for picture in self.engine.draw(requests))
        self.on_pose()
        return torch.maximum(large, small)


def _cells(pixels: torch.Tensor) -> torch.Tensor:
    """What cells hold of the pixels (size, size) of a picture no finer than they."""
    times = CELLS // len(pixels)
    return pixels.repeat_interleave(times, 0).repeat_interleave(times, 1)


def _grown(cells: torch.Tensor) -> torch.Tensor:
    """The cells with MARGIN more around them."""
    rows = F.max_pool2d(cells[None].float(), (1, 2 * MARGIN + 1), 1, (0, MARGIN))
    return F.max_pool2d(rows, (2 * MARGIN + 1, 1), 1, (MARGIN, 0))[0] > 0
