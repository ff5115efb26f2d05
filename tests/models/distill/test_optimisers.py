from copy import deepcopy

import pytest
import torch

from models.distill.optimisers import Muon, build_optimisers, orthogonal
from models.student import FaceMorpher


@pytest.mark.parametrize("shape", [(40, 90), (90, 40), (64, 64)])
def test_singular_values_are_brought_near_one(shape: tuple[int, int]) -> None:
    lot = torch.Generator().manual_seed(0)
    matrix = torch.randn(shape, generator=lot)
    values = torch.linalg.svdvals(orthogonal(matrix))
    assert float(values.max()) < 1.3
    assert float(values.median()) > 0.6
    assert orthogonal(matrix).shape == shape


def test_a_step_is_as_large_as_one_of_adam_and_goes_downhill() -> None:
    weight = torch.nn.Parameter(torch.zeros(64, 64, 1, 1))
    lot = torch.Generator().manual_seed(0)
    weight.grad = torch.randn(64, 64, 1, 1, generator=lot)
    Muon([weight], lr=0.01).step()
    assert 0.1 < float(weight.detach().square().mean().sqrt()) / 0.01 < 0.3
    assert float((weight.detach() * weight.grad).sum()) < 0


def test_a_muon_that_is_restored_goes_on_alike() -> None:
    one, other = (torch.nn.Parameter(torch.zeros(8, 8, 1, 1)) for _ in range(2))
    first, second = Muon([one]), Muon([other])
    for weight in (one, other):
        weight.grad = torch.eye(8)[:, :, None, None]
    first.step()
    with torch.no_grad():
        other.copy_(one)
    second.load_state_dict(deepcopy(first.state_dict()))
    for weight, optimiser in ((one, first), (other, second)):
        weight.grad = torch.ones(8, 8, 1, 1)
        optimiser.step()
    assert torch.equal(one, other)


def test_only_the_sine_layers_are_given_to_muon_and_only_on_request() -> None:
    face = FaceMorpher()
    [adam] = build_optimisers(face)
    assert len(adam.param_groups[0]["params"]) == 18
    adam, muon = build_optimisers(face, 2.5)
    assert [len(group["params"]) for one in (adam, muon) for group in one.param_groups] == [10, 8]
    assert [one.param_groups[0]["scale"] for one in (adam, muon)] == [1.0, 2.5]
