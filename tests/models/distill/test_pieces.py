from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from models.distill.pieces import Pieces
from models.distill.pool import Pool
from models.distill.poses import Poses
from models.distill.recipe import FAST, BodyWeights
from models.distill.whole import Whole
from models.student import BodyMorpher, FaceMorpher

CPU = torch.device("cpu")
FACES = replace(FAST, batch=2, first=2, pool=2, fresh=2, face_pixels=40_000)


@pytest.fixture
def make(teacher: Any) -> Callable[..., Any]:
    torch.manual_seed(0)
    networks = FaceMorpher(), BodyMorpher()
    mask = torch.zeros(128, 128)
    mask[:, 60:80] = 1
    pool = Pool(teacher, Poses(0), FACES, CPU)
    pool.advance(2)

    def one(kind: type) -> Any:
        picture = (teacher.picture,) if kind is Pieces else ()
        return kind(networks, pool, *picture, mask, FACES)

    return one


def test_pixels_drawn_by_what_they_count_give_the_loss_of_whole_faces(make: Callable[..., Any]) -> None:
    slots, lot = torch.arange(2), np.random.default_rng(0)
    whole = make(Whole).face(lot, slots, slice(0, 2))
    pieces = make(Pieces).face(lot, slots, slice(0, 2))
    assert float(pieces.detach()) == pytest.approx(float(whole.detach()), rel=0.02)


def test_the_lot_falls_alike_for_every_member_of_a_team(make: Callable[..., Any]) -> None:
    slots, pieces = torch.tensor([1, 0]), make(Pieces)
    shares = [
        float(pieces.body(np.random.default_rng(5), slots, mine, BodyWeights(1, 1, 1, 1)).detach())
        for mine in (slice(0, 1), slice(1, 2), slice(0, 2))
    ]
    assert shares[0] != pytest.approx(shares[1])
    assert (shares[0] + shares[1]) / 2 == pytest.approx(shares[2], rel=1e-4)
