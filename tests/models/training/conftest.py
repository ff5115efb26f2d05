"""Examples so small that a network learns them in seconds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch

from models.distill.recipe import Phases
from models.teachers.rotators import BodyMorpher
from models.teachers.unet import UNetSizes
from models.training.course import Course, Phase
from models.training.training import Aids, Training
from models.training.triples import Triple

TINY = UNetSizes(4, 7, 6, 32, (1, 1))


@dataclass(frozen=True, eq=False)
class Given:
    """Examples at hand."""

    all: Sequence[Triple]
    checksum: int = 1

    def __len__(self) -> int:
        return len(self.all)

    def __getitem__(self, number: int) -> Triple:
        return self.all[number]


def pose(head_y: float = 0.0) -> np.ndarray:
    values = np.zeros(45, np.float32)
    values[40] = head_y
    return values


def flat(value: float, size: int = 8) -> torch.Tensor:
    return torch.full((4, size, size), value)


@pytest.fixture
def triples() -> Given:
    """Four pictures that get lighter as the head turns."""
    return Given([Triple(flat(-0.5), pose(turn), flat(turn / 4)) for turn in (-1.0, 0.0, 0.5, 1.0)])


@pytest.fixture
def course() -> Course:
    """Three steps of two examples, by L1."""
    return Course("body_morpher", 8, Phases(((6, Phase("none")),)), batch=2, rate=1e-3, warm_up=4)


@pytest.fixture
def make(triples: Given, course: Course) -> Callable[..., Training]:
    """A tiny rotator's training, the same each time."""

    def made(**changes: Any) -> Training:
        torch.manual_seed(0)
        network = BodyMorpher(TINY)
        given = {"course": course, "triples": triples, "aids": Aids(), "seed": 0, **changes}
        return Training(device=torch.device("cpu"), network=network, threads=1, **given)

    return made
