"""Recipes of distillation: what is shown, how often, and what weighs how much (THA4 §5.2, appendix D)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

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
        return next((value for until, value in self.steps if seen < until), self.steps[-1][1])


@dataclass(frozen=True)
class Recipe:
    """How a student is taught.

    batch: poses a step. tile: side, in pixels, of the square that is learnt in a step; 512 is all of the
    picture. fresh: new pictures that the teacher makes a step. pool: how many of the newest are kept, to draw
    batches from; a whole number of times `fresh`. average: how much of the average of weights is kept each
    step, 0 for none. Raises DistillError for sizes that do not fit together.
    """

    name: str
    batch: int
    tile: int
    pool: int
    fresh: int
    average: float
    face_rate: Phases[float]
    body_rate: Phases[float]
    body_weights: Phases[BodyWeights]
    face_mask_weight: float = 20.0

    def __post_init__(self) -> None:
        if not 1 <= self.fresh <= self.batch <= self.pool or self.pool % self.fresh:
            raise DistillError("A pool must be a multiple of the fresh pictures, and hold a batch or more.")
        if not 8 <= self.tile <= FULL:
            raise DistillError(f"A tile must be 8 to {FULL} pixels wide.")

    @property
    def face_tile(self) -> int:
        """Side, in pixels, of the part of the face that is learnt in a step; 128 is all of it."""
        return max(self.tile // 4, min(self.tile // 2, 64))

    @property
    def examples(self) -> int:
        """Examples of a full run."""
        return self.body_rate.length


_WEIGHTS = (BodyWeights(0.5, 0.25, 2, 0.25), BodyWeights(5, 2.5, 1, 1), BodyWeights(1, 1, 1, 10))

PAPER = Recipe(
    "paper",
    batch=8,
    tile=512,
    pool=8,
    fresh=8,
    average=0.0,
    face_rate=Phases(((200_000, 1e-4), (500_000, 3.3e-5), (800_000, 1e-5), (1_000_000, 3.3e-6))),
    body_rate=Phases(((200_000, 1e-4), (600_000, 3e-5), (1_300_000, 1e-5), (1_500_000, 3e-6))),
    body_weights=Phases(tuple(zip((400_000, 800_000, 1_500_000), _WEIGHTS, strict=True))),
)

FAST = Recipe(
    "fast",
    batch=16,
    tile=128,
    pool=512,
    fresh=2,
    average=0.998,
    face_rate=Phases(((200_000, 1e-4), (300_000, 3e-5), (360_000, 1e-5), (400_000, 3e-6))),
    body_rate=Phases(((200_000, 1e-4), (300_000, 3e-5), (360_000, 1e-5), (400_000, 3e-6))),
    body_weights=Phases(tuple(zip((60_000, 160_000, 400_000), _WEIGHTS, strict=True))),
)

RECIPES = {recipe.name: recipe for recipe in (FAST, PAPER)}
