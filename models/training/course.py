"""Courses of training: which network learns what, for how long and how fast (THA4 §4.2, appendix B)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from models.distill.recipe import Phases

Perceptual = Literal["none", "whole", "half and quarters"]


class TrainingError(ValueError):
    """A training that cannot be run; the message is one plain sentence."""


@dataclass(frozen=True)
class Phase:
    """What counts in a phase, beside L1 over the whole picture.

    perceptual: on which pictures the perceptual loss looks. coarse: whether the editor is shown what the
    half-resolution rotator made.
    """

    perceptual: Perceptual
    coarse: bool = False


@dataclass(frozen=True)
class Course:
    """How a network is trained.

    network: the name of its released file. size: of its pictures, in pixels. batch: examples a step, over
    all processes. rate: of Adam, once the warm-up is over. warm_up: examples until then. The source gives no
    rate, and no weights of the loss's terms: 1e-4 is that of the students, and all terms weigh one.
    """

    network: str
    size: int
    phases: Phases[Phase]
    batch: int = 16
    rate: float = 1e-4
    warm_up: int = 5_000

    @property
    def examples(self) -> int:
        """Examples in all."""
        return self.phases.length

    @property
    def steps(self) -> int:
        """Steps in all."""
        return -(-self.examples // self.batch)

    def rate_at(self, seen: int) -> float:
        """The rate of the step before which so many examples were seen: linear, then constant."""
        return self.rate * min(1.0, (seen + self.batch) / max(self.warm_up, 1))

    def shortened(self, examples: int) -> Course:
        """The same course over so many examples, its phases and its warm-up in proportion.

        Raises TrainingError where that leaves a phase without an example.
        """
        share = examples / self.examples
        steps = tuple((round(until * share), phase) for until, phase in self.phases.steps)
        ends = [0, *(until for until, _ in steps)]
        if any(end <= begin for begin, end in pairwise(ends)):
            raise TrainingError(f"{examples} examples are too few for {len(steps)} phases.")
        return replace(self, phases=Phases(steps), warm_up=round(self.warm_up * share))

    def without_perceptual(self) -> Course:
        """The same course by L1 alone."""
        steps = tuple((until, replace(phase, perceptual="none")) for until, phase in self.phases.steps)
        return replace(self, phases=Phases(steps))


_FIRST = ((500_000, Phase("none")), (9_500_000, Phase("whole")))

HALF_ROTATOR = Course("body_morpher", 256, Phases(_FIRST))
EDITOR = Course("upscaler", 512, Phases((*_FIRST, (18_500_000, Phase("half and quarters", coarse=True)))))

COURSES = {course.network: course for course in (HALF_ROTATOR, EDITOR)}
"""By the names of the released files."""
