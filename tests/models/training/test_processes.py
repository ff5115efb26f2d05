import subprocess
import sys
from pathlib import Path
from typing import Any

import torch

from models.teachers.rotators import Upscaler
from models.teachers.unet import UNetSizes
from models.training.feed import Place
from models.training.processes import any_of, together

ROOT = Path(__file__).parents[3]
CPU = torch.device("cpu")

# What each process does: three steps of one training, and then a stop that only the second asks for.
SCRIPT = """
import os, sys
import numpy as np, torch
from models.distill.recipe import Phases
from models.teachers.rotators import BodyMorpher, Upscaler
from models.teachers.unet import UNetSizes
from models.training.course import Course, Phase
from models.training.processes import any_of, together
from models.training.training import Aids, Training
from models.training.triples import Triple

class Given(list):
    checksum = 1

tiny = UNetSizes(4, 7, 6, 32, (1, 1))
turns = (-1.0, -0.3, 0.4, 1.0)
examples = Given(
    Triple(torch.full((4, 8, 8), -0.5), np.float32(t) * np.eye(45, dtype=np.float32)[40],
           torch.full((4, 8, 8), t / 4)) for t in turns)
phases = Phases(((4, Phase("none")), (12, Phase("none", coarse=True))))
course = Course("upscaler", 8, phases, batch=4, rate=1e-3, warm_up=4)
with together(os.environ, torch.device("cpu")) as (place, device):
    torch.manual_seed(place.rank)  # whose weights count is the first process's
    network, rotator = Upscaler(tiny), BodyMorpher(tiny)
    training = Training(course, examples, Aids(half_rotator=rotator), 0, device,
                        network=network, place=place, threads=1)
    while not training.finished:
        training.learn()
    training.close()
    stopped = any_of(place.rank == 1, place, device)
    out = f"{sys.argv[1]}/{place.rank}-{place.world}.pt"
    torch.save({"stopped": stopped, "weights": network.state_dict()}, out)
"""


def test_two_processes_learn_what_one_learns(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    alone = [sys.executable, str(script), str(tmp_path)]
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    for command in (alone, [*torchrun, *alone[1:]]):
        environment = {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "PATH": "/usr/bin:/bin"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=150)
        assert done.returncode == 0, done.stderr
    one, first, second = (torch.load(tmp_path / f"{name}.pt") for name in ("0-1", "0-2", "1-2"))
    assert first["stopped"] and second["stopped"] and not one["stopped"]
    assert apart(first, second) == 0
    # Where a gradient is but rounding, Adam makes a step of it all the same: a few weights differ.
    assert apart(one, first) < 0.02 * apart(one, {"weights": drawn()})


def apart(one: Any, other: Any) -> float:
    pairs = [(value, other["weights"][key]) for key, value in one["weights"].items()]
    return float(sum((mine - theirs).abs().sum() for mine, theirs in pairs))


def drawn() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    return dict(Upscaler(UNetSizes(4, 7, 6, 32, (1, 1))).state_dict())


def test_a_process_by_itself_needs_nobody() -> None:
    with together({}, CPU) as (place, device):
        assert (place, device) == (Place(), CPU)
        assert any_of(True, place, device) and not any_of(False, place, device)


def test_torchrun_with_one_process_is_that_process_alone() -> None:
    with together({"WORLD_SIZE": "1", "RANK": "0", "LOCAL_RANK": "0"}, CPU) as (place, _):
        assert place == Place()
