from dataclasses import dataclass, field

import pytest
import torch

from models.compose import compose
from models.regions import whole
from models.sample import sample_character
from models.teachers.teacher import Taught
from models.training.ablation import KINDS, Ablation, Plan
from models.training.course import TrainingError


@dataclass
class Nodder:
    """A teacher that is quick: its head shifts the picture."""

    picture: torch.Tensor = field(default_factory=lambda: sample_character("it").picture)
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))

    def pose(self, poses: torch.Tensor) -> Taught:
        rest = self.picture.repeat(len(poses), 1, 1, 1)
        face = rest[:, :, 80:208, 192:320].clone()
        body = torch.zeros(len(poses), 7, 512, 512)
        body[:, 0] = 0.1 * poses[:, 40, None, None]
        stages = compose(rest.clone(), face, body, whole(512))
        return Taught(face, rest, stages.warped, stages.flow, stages.blended)

    def faces(self, poses: torch.Tensor) -> torch.Tensor:
        return self.pose(poses).face


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_kind_comes_nearer_to_its_teacher(kind: str) -> None:
    ablation = Ablation(kind, Nodder(), Plan(10**6, batch=2, tile=16))
    losses = [ablation.learn() for _ in range(40)]
    assert sum(losses[-10:]) < 0.9 * sum(losses[:10])


def test_all_kinds_are_shown_the_same_and_the_seed_decides() -> None:
    plan = Plan(8, batch=2, tile=16)
    one, other = (Ablation("vanilla", Nodder(), plan) for _ in range(2))
    assert [one.learn() for _ in range(2)] == [other.learn() for _ in range(2)]
    assert one.learn() != Ablation("vanilla", Nodder(), Plan(8, batch=2, tile=16, seed=1)).learn()
    assert plan.steps == 4


def test_a_frame_is_the_whole_picture() -> None:
    teacher = Nodder()
    ablation = Ablation("student", teacher, Plan(2, batch=1, tile=16))
    taught = teacher.pose(torch.zeros(1, 45))
    with torch.no_grad():
        for name, weight in ablation.network.named_parameters():
            if name.startswith("last_linear"):
                weight.zero_()
    # No flow and no alpha: the picture as it is.
    assert torch.allclose(ablation.frame(torch.zeros(1, 45), taught), teacher.picture, atol=1e-5)
    assert ablation.measured(1).psnr > 10


def test_a_plan_that_cannot_be_is_refused() -> None:
    for changes in ({"examples": 0}, {"examples": 1, "batch": 0}, {"examples": 1, "tile": 4}):
        with pytest.raises(TrainingError, match="at least 1"):
            Plan(**changes)
