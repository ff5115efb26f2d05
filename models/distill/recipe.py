"""Recipes of distillation: what is shown, how often, and what weighs how much (THA4 §5.2, appendix D)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Generic, TypeVar

from models.distill.squares import ALIGNED
from models.view import FULL

T = TypeVar("T")


class DistillError(ValueError):
    """A distillation that cannot be run; the message is one plain sentence."""


@dataclass(frozen=True)
class BodyWeights:
    """How much each term of the body morpher's loss counts."""

    flow: float
    warped: float
    direct: float
    blended: float


@dataclass(frozen=True)
class Phases(Generic[T]):
    """A value that changes in steps: (up to how many examples, value), the last of them to the end."""

    steps: tuple[tuple[int, T], ...]

    @property
    def length(self) -> int:
        """Examples in all."""
        return self.steps[-1][0]

    def at(self, seen: float) -> T:
        """The value once so many examples were seen."""
        return self.steps[self.number(seen) - 1][1]

    def number(self, seen: float) -> int:
        """Which step that is, from 1."""
        behind = sum(seen >= until for until, _ in self.steps)
        return min(behind + 1, len(self.steps))


@dataclass(frozen=True)
class Falling:
    """A rate that falls from its peak to nothing along half a cosine."""

    peak: float
    length: int

    def at(self, seen: float) -> float:
        """The rate once so many examples of `length` were seen."""
        return self.peak * (1 + math.cos(math.pi * min(seen / self.length, 1.0))) / 2


@dataclass(frozen=True)
class Recipe:
    """How a student is taught.

    batch: poses a step. tile: side, in pixels, of the square that is learnt of each; 512 is all of the
    picture. by_error: the share of squares near the figure that is drawn as often as the student was wrong
    there. face_pixels: learnt in a step, of faces, where the tile is not all. first: how many pictures the
    teacher makes before the first step. fresh: new ones, every `pause` steps. pool: how many of the newest
    are kept, to draw batches from. average: how much of the average of weights is kept each step, 0 for none.
    face_mask_weight: how much more the organs of the face count. face_squares: how much a squared difference
    of faces counts beside the absolute one. at_rest: begin with the picture as it is, instead of with what
    chance draws. face_steep, body_steep: how many times as much position counts in the first layers as
    chance has it, so that there is detail from the first step. face_muon: how many times the rate the weights
    of the face's sine layers are changed by Muon; 0 for Adam. flow_rate: at what rate the flow is fitted, a
    round a step; None to learn it like all else. flow_muon: as face_muon, for the flow.

    Raises DistillError for sizes that do not fit together.
    """

    name: str
    batch: int
    tile: int
    by_error: float
    face_pixels: int
    first: int
    fresh: int
    pause: int
    pool: int
    average: float
    face_rate: Phases[float] | Falling
    body_rate: Phases[float] | Falling
    body_weights: Phases[BodyWeights]
    face_mask_weight: float
    face_squares: float
    at_rest: bool
    face_steep: float
    body_steep: float
    face_muon: float
    flow_rate: Falling | None
    flow_muon: float

    def __post_init__(self) -> None:
        if not 1 <= self.batch <= self.first <= self.pool or self.pause < 1:
            raise DistillError("A pool must hold the first pictures, and those a batch or more.")
        if self.fresh < 1 or self.pool % self.fresh or self.first % self.fresh:
            raise DistillError("A pool and its first pictures must be multiples of the fresh ones.")
        if self.tile != FULL and not (4 <= self.tile < FULL and self.tile % ALIGNED == 0):
            raise DistillError(f"A tile must be {FULL} pixels wide, or a multiple of {ALIGNED} below.")
        if self.face_pixels < self.batch:
            raise DistillError("A step must show a pixel or more of each face.")

    def pictures(self, step: int) -> int:
        """How many the teacher has made when a step begins."""
        return self.first + step // self.pause * self.fresh

    @property
    def examples(self) -> int:
        """Examples of a full run."""
        return self.body_rate.length


_WEIGHTS = (BodyWeights(0.5, 0.25, 2, 0.25), BodyWeights(5, 2.5, 1, 1), BodyWeights(1, 1, 1, 10))

PAPER = Recipe(
    "paper",
    batch=8,
    tile=FULL,
    by_error=0.0,
    face_pixels=8 * 128 * 128,
    first=8,
    fresh=8,
    pause=1,
    pool=8,
    average=0.0,
    face_rate=Phases(((200_000, 1e-4), (500_000, 3.3e-5), (800_000, 1e-5), (1_000_000, 3.3e-6))),
    body_rate=Phases(((200_000, 1e-4), (600_000, 3e-5), (1_300_000, 1e-5), (1_500_000, 3e-6))),
    body_weights=Phases(tuple(zip((400_000, 800_000, 1_500_000), _WEIGHTS, strict=True))),
    face_mask_weight=20.0,
    face_squares=0.0,
    at_rest=False,
    face_steep=1.0,
    body_steep=1.0,
    face_muon=0.0,
    flow_rate=None,
    flow_muon=0.0,
)

FAST = Recipe(
    "fast",
    batch=32,
    tile=4,
    by_error=0.8,
    face_pixels=1024,
    first=64,
    fresh=8,
    pause=128,
    pool=512,
    average=0.998,
    face_rate=Falling(6e-5, 1_600_000),
    body_rate=Falling(1e-4, 1_600_000),
    # Most of a picture is the one at rest, moved: half a pixel of flow costs more than all else.
    body_weights=Phases(
        ((960_000, BodyWeights(20, 5, 1, 10)), (1_600_000, BodyWeights(5, 1, 1, 10))),
    ),
    face_mask_weight=2.0,
    face_squares=2.0,
    at_rest=True,
    face_steep=15.0,
    body_steep=10.0,
    face_muon=2.5,
    flow_rate=Falling(5e-3, 1_600_000),
    flow_muon=0.4,
)

RECIPES = {recipe.name: recipe for recipe in (FAST, PAPER)}
