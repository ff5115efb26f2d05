import numpy as np
import pytest
import torch

from models.team import Team, own_device
from teams import started

TWO = """
import torch
from models.team import gathering

torch.set_num_threads(1)
with gathering(torch.device("cpu")) as team:
    weights = [torch.full((2, 2), float(team.rank)), torch.tensor([team.rank * 10.0])]
    team.mean(weights)
    print(team.rank, team.share(6), [float(weight.max()) for weight in weights], team.agreed(team.rank + 5.0),
          team.anyone(team.rank == 1), team.anyone(False),
          team.gathered(torch.tensor([[team.rank]], dtype=torch.float16)).tolist(), flush=True)
"""
LEARN = """
import sys
import torch
from models.team import gathering

sys.path.insert(0, "tests/models/distill")
from conftest import Nodder, TINY
from dataclasses import replace
from models.distill.poses import Poses
from models.distill.training import Lessons, Training

torch.set_num_threads(1)
cpu = torch.device("cpu")
with gathering(cpu) as team:
    lessons = Lessons(replace(TINY, batch=4, first=4), 8, Poses(0))
    one = Training(Nodder(), lessons, torch.zeros(128, 128), cpu, team=team)
    print(*[loss for _ in range(2) for loss in one.learn()], flush=True)
"""


def test_alone_everything_is_ones_own() -> None:
    team, weight = Team(), torch.ones(2)
    team.mean([weight])
    assert (team.share(5), team.agreed(2.0), team.anyone(True)) == (slice(0, 5), [2.0], True)
    assert weight.tolist() == team.gathered(weight).tolist() == [1, 1]


def test_two_agree_share_and_take_the_mean() -> None:
    said = started(TWO)
    shared = "[0.5, 5.0] [5.0] True False [[0.0], [1.0]]"
    assert sorted(said) == [f"0 slice(0, 3, None) {shared}", f"1 slice(3, 6, None) {shared}"]


def test_each_process_of_a_team_has_a_gpu_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "4")
    monkeypatch.setenv("LOCAL_RANK", "2")
    assert own_device(torch.device("cuda")) == torch.device("cuda:2")
    assert own_device(torch.device("cpu")) == torch.device("cpu")


def test_two_learn_from_the_examples_that_one_would_learn_from() -> None:
    one = [float(loss) for loss in started(LEARN, size=1)[0].split()]
    two = np.array([[float(loss) for loss in line.split()] for line in started(LEARN)])
    assert two.shape == (2, 4)
    assert two[0] != pytest.approx(two[1])
    assert two.mean(axis=0) == pytest.approx(one, rel=1e-3)
