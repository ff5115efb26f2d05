from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from models.distill.flow_fit import FlowFit
from models.distill.lean import draw_body
from models.distill.pool import Pool
from models.distill.poses import Poses
from models.distill.recipe import FAST, Falling
from models.distill.squares import Squares
from models.student import BodyMorpher

HELD = 16
WHOLE = Squares(torch.zeros(1, 2, dtype=torch.int64), 512)


@pytest.fixture
def pool(teacher: Any) -> Pool:
    pool = Pool(teacher, Poses(0), replace(FAST, batch=8, first=HELD, pool=HELD), torch.device("cpu"))
    pool.advance(HELD)
    return pool


@pytest.fixture(params=[0.0, 0.4], ids=["adam", "muon"])
def muon(request: pytest.FixtureRequest) -> float:
    return float(request.param)


def fitting(pool: Pool, muon: float = 0.4) -> tuple[BodyMorpher, FlowFit]:
    torch.manual_seed(0)
    body = BodyMorpher()
    fit = FlowFit(body, pool, 0, Falling(1e-3, 100), muon)
    fit.begin(HELD)
    return body, fit


@torch.no_grad()
def off(body: BodyMorpher, pool: Pool) -> float:
    """How far the flow of the first picture is off, where the figure is."""
    drawn, wanted = draw_body(body, pool.poses[:1], WHOLE)[0, :, :, :2], pool.flow[0].float()
    return float((drawn - wanted).abs()[pool.posed[0, :, :, 3] > 0].mean())


def test_rounds_bring_the_flow_nearer(pool: Pool, muon: float) -> None:
    body, fit = fitting(pool, muon)
    before, lot = off(body, pool), np.random.default_rng(0)
    for _ in range(40):
        fit.learn(lot, HELD, 5e-3)
    fit.write()
    assert off(body, pool) < 0.8 * before < 0.02


def test_a_body_morpher_gets_its_flow_back(pool: Pool) -> None:
    body, fit = fitting(pool)
    before = off(body, pool)
    with torch.no_grad():
        for weight in body.parameters():
            weight.add_(0.01 * torch.randn_like(weight))
    assert off(body, pool) > 2 * before
    fit.write()
    assert off(body, pool) == pytest.approx(before, rel=0.01)


def test_a_restored_fit_goes_on_alike(pool: Pool, muon: float) -> None:
    (body, fit), (other_body, other) = fitting(pool, muon), fitting(pool, muon)
    fit.learn(np.random.default_rng(1), HELD, 1e-3)
    other.restore(deepcopy(fit.state()))
    for one in (fit, other):
        one.learn(np.random.default_rng(2), HELD, 1e-3)
        one.write()
    assert all(torch.equal(*pair) for pair in zip(body.parameters(), other_body.parameters(), strict=True))
