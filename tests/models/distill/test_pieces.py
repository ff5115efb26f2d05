from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from models.distill.pieces import Pieces
from models.distill.pool import Pool
from models.distill.poses import Poses
from models.distill.recipe import FAST, BodyWeights, Recipe
from models.distill.whole import Whole
from models.student import BodyMorpher, FaceMorpher
from models.team import Team

CPU = torch.device("cpu")
FACES = replace(FAST, batch=2, first=2, pool=2, fresh=2, face_pixels=40_000, by_error=0.0)
WEIGHTS = BodyWeights(1, 1, 1, 1)


@pytest.fixture
def make(teacher: Any) -> Callable[..., Any]:
    torch.manual_seed(0)
    networks = FaceMorpher(), BodyMorpher()
    mask = torch.zeros(128, 128)
    mask[:, 60:80] = 1
    pool = Pool(teacher, Poses(0), FACES, CPU)
    pool.advance(2)

    def one(kind: type, recipe: Recipe = FACES) -> Any:
        if kind is Pieces:
            return Pieces(networks, pool, teacher.picture, mask, recipe, Team())
        return kind(networks, pool, mask, recipe)

    return one


def test_pixels_drawn_by_what_they_count_give_the_loss_of_whole_faces(make: Callable[..., Any]) -> None:
    slots, lot = torch.arange(2), np.random.default_rng(0)
    whole = make(Whole).face(lot, slots, slice(0, 2))
    pieces = make(Pieces).face(lot, slots, slice(0, 2))
    assert float(pieces.detach()) == pytest.approx(float(whole.detach()), rel=0.02)


def test_the_lot_falls_alike_for_every_member_of_a_team(make: Callable[..., Any]) -> None:
    slots, pieces = torch.tensor([1, 0]), make(Pieces)
    shares = [
        float(pieces.body(np.random.default_rng(5), slots, mine, WEIGHTS).detach())
        for mine in (slice(0, 1), slice(1, 2), slice(0, 2))
    ]
    assert shares[0] != pytest.approx(shares[1])
    assert (shares[0] + shares[1]) / 2 == pytest.approx(shares[2], rel=1e-4)


def test_where_the_student_was_wrong_is_noted_and_kept(make: Callable[..., Any]) -> None:
    pieces = make(Pieces, replace(FACES, by_error=0.8))
    before = pieces.state()
    assert not before["seen"].any()
    pieces.body(np.random.default_rng(5), torch.tensor([1, 0]), slice(0, 2), WEIGHTS)
    after = pieces.state()
    assert after["seen"].sum() == 2
    assert ((after["off"] != before["off"]) == (after["seen"] > 0)).all()
    other = make(Pieces, replace(FACES, by_error=0.8))
    other.restore(after)
    assert torch.equal(other.state()["off"], after["off"])
