import pytest
import torch

from models.distill.flow_form import FlowForm, FlowNet, has_flow_form
from models.distill.lean import draw_body
from models.distill.squares import Squares
from models.regions import whole
from models.student import BodyMorpher

AXIS = (2 * torch.arange(128) + 1) / 128 - 1
PLACES = whole(128).positions(torch.device("cpu")).flatten(1).T
WHOLE = Squares(torch.zeros(1, 2, dtype=torch.int64), 512)


def bent(turns: torch.Tensor) -> torch.Tensor:
    """A flow (N, 128, 128, 2) which bends with turns of the head, more in the middle."""
    bump = torch.exp(-2 * (AXIS[None] ** 2 + AXIS[:, None] ** 2))
    turn, tip = turns[:, 1, None, None], turns[:, 2, None, None]
    across = 0.2 * bump * turn - 0.05 * bump * turn * tip
    down = 0.1 * AXIS[None, None] * tip.expand(-1, 128, 1)
    return torch.stack([across, down], dim=-1)


@pytest.fixture
def form() -> FlowForm:
    lot = torch.Generator().manual_seed(3)
    form, turns = FlowForm(lot), 2 * torch.rand(40, 6, generator=lot) - 1
    form.begin(turns, bent(turns), torch.ones(40, 128, 128), lot)
    return form


def net_of(form: FlowForm) -> FlowNet:
    net = FlowNet()
    net.take(form)
    return net


@torch.no_grad()
def test_a_flow_begins_much_as_it_should_at_turns_that_were_never_seen(form: FlowForm) -> None:
    turns = 2 * torch.rand(1, 6, generator=torch.Generator().manual_seed(5)) - 1
    wanted = form.carried(bent(turns)).flatten(1, 2)
    made = form(PLACES, turns).transpose(0, 1)
    assert float((made - wanted).abs().mean()) < 0.25 * float(wanted.abs().mean())


@torch.no_grad()
def test_a_body_morpher_draws_the_flow_that_it_was_given(form: FlowForm) -> None:
    body, pose = BodyMorpher(), torch.zeros(1, 45)
    pose[0, :39] = torch.rand(39)
    pose[0, 39:] = torch.tensor([0.3, -0.7, 0.5, 0.2, -0.4, 0.6])
    net_of(form).write(body)
    drawn = draw_body(body, pose, WHOLE)[0, :, :, :2]
    coarse = drawn.view(128, 4, 128, 4, 2).mean(dim=(1, 3)).flatten(0, 1)
    wanted = form(PLACES, pose[:, 39:])[:, 0]
    # Pictures are enlarged, and their means lie a little lower where they curve.
    assert float((form.carried(coarse) - wanted).abs().max()) < 0.03 * float(wanted.abs().max())


@torch.no_grad()
def test_a_net_begins_as_its_form_and_a_body_morpher_draws_what_it_becomes(form: FlowForm) -> None:
    net, turns = net_of(form), torch.tensor([[0.3, -0.7, 0.5, 0.2, -0.4, 0.6]])
    begun = net(PLACES, turns.expand(len(PLACES), 6))
    assert torch.allclose(form.carried(begun), form(PLACES, turns)[:, 0], atol=1e-5)
    lot = torch.Generator().manual_seed(4)
    for weights in net.parameters():
        weights.add_(torch.randn(weights.shape, generator=lot), alpha=0.01)
    became, body = net(PLACES, turns.expand(len(PLACES), 6)), BodyMorpher()
    net.write(body)
    pose = torch.cat([torch.rand(1, 39), turns], dim=1)
    drawn = draw_body(body, pose, WHOLE)[0, :, :, :2].view(128, 4, 128, 4, 2).mean(dim=(1, 3)).flatten(0, 1)
    assert float((became - begun).abs().max()) > 0.2 * float(begun.abs().max())
    assert float((drawn - became).abs().max()) < 0.05 * float(became.abs().max())


@torch.no_grad()
def test_a_picture_that_never_moves_has_no_flow() -> None:
    lot = torch.Generator().manual_seed(3)
    form, turns = FlowForm(lot), torch.rand(3, 6, generator=lot)
    form.begin(turns, torch.zeros(3, 128, 128, 2), torch.ones(3, 128, 128), lot)
    assert float((form(PLACES, torch.rand(1, 6)) / form.scale).abs().max()) < 1e-3


def test_a_body_morpher_that_was_given_one_is_known_again(form: FlowForm) -> None:
    body = BodyMorpher()
    assert not has_flow_form(body)
    net_of(form).write(body)
    assert has_flow_form(body)
