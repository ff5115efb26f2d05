from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest
import torch

from models.compose import compose
from models.distill import flow_fit
from models.distill.poses import Poses
from models.distill.recipe import FAST
from models.distill.training import Lessons, Training
from models.regions import whole
from models.sample import sample_character
from models.teachers.teacher import Taught


@dataclass
class Nodder:
    """A teacher that is quick: its mouth lightens a square of the face, its head shifts all, by `far`."""

    picture: torch.Tensor = field(default_factory=lambda: sample_character("it").picture)
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    asked: int = 0
    far: float = 0.1

    def pose(self, poses: torch.Tensor) -> Taught:
        self.asked += len(poses)
        rest = self.picture.repeat(len(poses), 1, 1, 1)
        rest[:, 0, 160:192, 240:272] = poses[:, 26, None, None]
        face = rest[:, :, 80:208, 192:320].clone()
        body = torch.zeros(len(poses), 7, 512, 512)
        body[:, 0] = self.far * poses[:, 40, None, None]
        stages = compose(rest.clone(), face, body, whole(512))
        return Taught(face, rest, stages.warped, stages.flow, stages.blended)

    def faces(self, poses: torch.Tensor) -> torch.Tensor:
        return self.pose(poses).face


TINY = replace(FAST, batch=2, first=2, pool=4, fresh=2, pause=1, tile=16, face_pixels=128)


@pytest.fixture(autouse=True)
def _few_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow_fit, "_ROUNDS", 3)


@pytest.fixture
def teacher() -> Nodder:
    return Nodder()


@pytest.fixture
def lessons() -> Lessons:
    """Of three steps."""
    return Lessons(TINY, 6, Poses(0))


@pytest.fixture
def make(teacher: Nodder, lessons: Lessons) -> Callable[[], Training]:
    """A training of three steps, the same each time."""
    return lambda: Training(teacher, lessons, torch.zeros(128, 128), torch.device("cpu"))
