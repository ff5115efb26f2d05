from copy import deepcopy

import pytest
import torch

from models.teachers.rotators import BodyMorpher
from models.teachers.running import PRECISIONS, Precision, Running, usual
from models.teachers.system import System
from models.teachers.teacher import SystemTeacher
from models.teachers.unet import UNetSizes

POSES = torch.zeros(1, 45)
POSES[0, 26] = POSES[0, 40] = 0.7


@pytest.fixture(scope="module")
def plain(separable: System, picture: torch.Tensor) -> torch.Tensor:
    return SystemTeacher(separable, picture).pose(POSES).posed


def decibels(one: torch.Tensor, other: torch.Tensor) -> float:
    """Over all four channels, whose range is 2."""
    return float(10 * torch.log10(4 / (one - other).square().mean()))


def test_the_frame_hardly_depends_on_the_order_of_memory(
    separable: System, picture: torch.Tensor, plain: torch.Tensor
) -> None:
    running = Running(channels_last=True)
    posed = SystemTeacher(deepcopy(separable), picture, running=running).pose(POSES).posed
    assert decibels(posed, plain) > 70


def test_weights_are_moved_into_precision_and_order(separable: System) -> None:
    moved = Running("float16", channels_last=True).moved(deepcopy(separable), torch.device("cpu"))
    weights = [weight for weight in moved.parameters() if weight.dim() == 4]
    assert all(weight.dtype == torch.float16 for weight in moved.parameters())
    assert all(weight.is_contiguous(memory_format=torch.channels_last) for weight in weights)


def test_half_precision_is_usual_on_graphics_cards_alone() -> None:
    cpu, cuda = torch.device("cpu"), torch.device("cuda")
    assert usual(cuda) == Running("float16", channels_last=True)
    assert usual(cpu) == Running()
    assert usual(cuda, "float32", compiled=True) == Running("float32", channels_last=True, compiled=True)
    assert usual(cpu, "bfloat16").dtype == torch.bfloat16
    assert [Running(one).dtype for one in PRECISIONS] == [torch.float32, torch.float16, torch.bfloat16]


@pytest.mark.parametrize(("precision", "least"), [("float16", 55.0), ("bfloat16", 38.0)])
def test_a_rotator_in_half_precision_draws_nearly_the_same(precision: Precision, least: float) -> None:
    torch.manual_seed(0)
    network, dtype = BodyMorpher(UNetSizes(4, 7, 6, 32, (1, 1))).eval(), Running(precision).dtype
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.05)
    image, pose = torch.rand(1, 4, 16, 16) * 2 - 1, torch.rand(1, 6)
    with torch.inference_mode():
        exact = network(image, pose)
        half = deepcopy(network).to(dtype)(image.to(dtype), pose.to(dtype))
    assert half.merged.dtype == dtype
    assert decibels(half.merged.float(), exact.merged) > least


def test_a_compiled_system_is_what_poses(separable: System, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[System] = []
    monkeypatch.setattr(torch, "compile", compiled.append)
    assert Running().posing(separable) is separable and not compiled
    Running(compiled=True).posing(separable)
    assert compiled == [separable]
