import pytest
import torch

from models.distill.flow_fit import fit_flow, flow_rows, has_fitted_flow
from models.distill.lean import draw_body
from models.distill.squares import Squares
from models.student import BodyMorpher

AXIS = (2 * torch.arange(512) + 1) / 512 - 1
WHOLE = Squares(torch.zeros(1, 2, dtype=torch.int64), 512)


def turned(poses: torch.Tensor) -> torch.Tensor:
    """A flow (N, 512, 512, 2) which bends with turns of the head, more in the middle."""
    bump = torch.exp(-2 * (AXIS[None] ** 2 + AXIS[:, None] ** 2))
    turn, tip = poses[:, 40, None, None], poses[:, 41, None, None]
    across = 0.2 * bump * turn - 0.05 * bump * turn * tip
    down = 0.1 * AXIS[None, None] * tip.expand(-1, 512, 1)
    return torch.stack([across, down], dim=-1)


def some(count: int) -> torch.Tensor:
    poses = torch.zeros(count, 45)
    poses[:, 39:44] = 2 * torch.rand(count, 5) - 1
    poses[:, :39], poses[:, 44] = torch.rand(count, 39), torch.rand(count)
    return poses


@pytest.fixture
def fitted() -> BodyMorpher:
    torch.manual_seed(3)
    body, poses = BodyMorpher(), some(40)
    torch.nn.init.zeros_(body.last_linear.weight)
    fit_flow(body, poses, turned(poses).half(), torch.ones(40, 512, 512, 4).half())
    return body


@torch.no_grad()
def test_a_flow_is_nearly_right_at_poses_that_were_never_seen(fitted: BodyMorpher) -> None:
    pose = some(1)
    wanted = turned(pose)[0]
    drawn = draw_body(fitted, pose, WHOLE)[0, :, :, :2]
    assert float((drawn - wanted).abs().mean()) < 0.1 * float(wanted.abs().mean())


@torch.no_grad()
def test_other_weights_change_nothing_of_the_flow(fitted: BodyMorpher) -> None:
    pose = some(1)
    before = draw_body(fitted, pose, WHOLE)[..., :2]
    kept = [(weight, units, weight[units].clone()) for weight, units in flow_rows(fitted)]
    for weight in fitted.parameters():
        weight.add_(0.01 * torch.randn_like(weight))
    for weight, units, old in kept:
        weight[units] = old
    assert torch.allclose(draw_body(fitted, pose, WHOLE)[..., :2], before, atol=1e-5)


def test_what_was_fitted_is_known_again(fitted: BodyMorpher) -> None:
    assert has_fitted_flow(fitted)
    assert not has_fitted_flow(BodyMorpher())


@torch.no_grad()
def test_a_picture_that_never_moves_has_no_flow() -> None:
    body, poses = BodyMorpher(), some(3)
    torch.nn.init.zeros_(body.last_linear.weight)
    fit_flow(body, poses, torch.zeros(3, 512, 512, 2), torch.ones(3, 512, 512, 4))
    assert float(draw_body(body, some(1), WHOLE)[..., :2].abs().max()) < 1e-3
