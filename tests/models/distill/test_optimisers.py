from collections.abc import Callable
from copy import deepcopy

import torch

from models.distill.optimisers import Shampoo, build_optimisers
from models.student import FaceMorpher


def test_a_first_step_is_none_and_later_ones_are_as_large_as_those_of_adam_and_go_downhill() -> None:
    weight = torch.nn.Parameter(torch.zeros(64, 32, 1, 1))
    steps, lot = Shampoo([weight], lr=0.01), torch.Generator().manual_seed(0)
    weight.grad = torch.randn(64, 32, 1, 1, generator=lot)
    steps.step()
    assert not weight.any()
    weight.grad = torch.randn(64, 32, 1, 1, generator=lot)
    steps.step()
    assert 0.005 < float(weight.detach().square().mean().sqrt()) < 0.011
    assert float((weight.detach() * weight.grad).sum()) < 0


def _left_of_a_skewed_valley(optimiser: Callable[..., torch.optim.Optimizer]) -> float:
    """How much of a loss remains that is steep along axes which are not those of the weights."""
    lot = torch.Generator().manual_seed(1)
    skew = torch.linalg.qr(torch.randn(16, 16, generator=lot)).Q * torch.logspace(0, -2, 16)
    aim, weight = torch.randn(16, 16, generator=lot), torch.nn.Parameter(torch.zeros(16, 16))
    steps = optimiser([weight])
    for step in range(300):
        steps.param_groups[0]["lr"] = 0.1 * (1 - step / 300)
        steps.zero_grad()
        (skew.T @ (weight - aim)).square().sum().backward()
        steps.step()
    return float((skew.T @ (weight.detach() - aim)).square().sum())


def test_a_valley_that_runs_askew_is_gone_down_farther_than_by_adam() -> None:
    assert _left_of_a_skewed_valley(Shampoo) < 0.01 * _left_of_a_skewed_valley(torch.optim.Adam)


def test_one_that_is_restored_goes_on_alike() -> None:
    one, other = (torch.nn.Parameter(torch.zeros(8, 6, 1, 1)) for _ in range(2))
    first, second = Shampoo([one]), Shampoo([other])
    lot = torch.Generator().manual_seed(0)
    for _ in range(3):
        one.grad = torch.randn(8, 6, 1, 1, generator=lot)
        first.step()
    with torch.no_grad():
        other.copy_(one)
    second.load_state_dict(deepcopy(first.state_dict()))
    for _ in range(10):  # the axes are found anew on the way
        one.grad = torch.randn(8, 6, 1, 1, generator=lot)
        other.grad = one.grad.clone()
        first.step()
        second.step()
    assert torch.equal(one, other)


def test_only_the_sine_layers_are_given_to_shampoo_and_only_on_request() -> None:
    face = FaceMorpher()
    [adam] = build_optimisers(face)
    assert len(adam.param_groups[0]["params"]) == 18
    adam, shampoo = build_optimisers(face, 2.5)
    assert [len(group["params"]) for one in (adam, shampoo) for group in one.param_groups] == [10, 8]
    assert [one.param_groups[0]["scale"] for one in (adam, shampoo)] == [1.0, 2.5]
