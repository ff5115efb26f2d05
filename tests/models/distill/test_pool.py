from dataclasses import replace
from typing import Any

import numpy as np
import torch

from models.distill.pool import Pool
from models.distill.poses import Poses
from models.distill.recipe import FAST
from models.distill.squares import Squares

SMALL = replace(FAST, batch=4, first=4, pool=6, fresh=2, pause=1)
CPU = torch.device("cpu")


def test_the_pool_holds_what_the_teacher_made(teacher: Any) -> None:
    pool = Pool(teacher, Poses(0), SMALL, CPU)
    assert pool.advance(4) == 4
    poses, rest, flow, posed = pool.shown(torch.arange(4))
    assert np.array_equal(poses.numpy(), Poses(0).at(0, 4))
    taught = teacher.pose(poses)
    assert float((rest - taught.rest).abs().max()) < 1e-3
    assert float((flow - taught.flow).abs().max()) < 1e-3
    assert float((posed - taught.posed).abs().max()) < 1e-3


def test_each_step_makes_only_what_is_new(teacher: Any) -> None:
    pool = Pool(teacher, Poses(0), SMALL, CPU)
    assert [pool.advance(SMALL.pictures(step)) for step in range(4)] == [4, 6, 6, 6]
    assert teacher.asked == 10


def test_a_pool_that_begins_late_holds_the_same(teacher: Any) -> None:
    early, late = (Pool(teacher, Poses(0), SMALL, CPU) for _ in range(2))
    for step in range(6):
        early.advance(SMALL.pictures(step))
    late.advance(SMALL.pictures(5))
    slots = torch.arange(6)
    pairs = zip(early.shown(slots), late.shown(slots), strict=True)
    assert all(torch.equal(one, other) for one, other in pairs)


def test_squares_are_those_of_the_pictures_shown(teacher: Any) -> None:
    pool = Pool(teacher, Poses(0), SMALL, CPU)
    pool.advance(4)
    slots = torch.tensor([2, 1])
    flow, posed = pool.cut(slots, Squares(torch.tensor([[240, 160], [480, 0]]), 32))
    _, _, whole_flow, whole_posed = pool.shown(slots)
    for cut, whole in ((flow, whole_flow), (posed, whole_posed)):
        assert torch.equal(cut[0].permute(2, 0, 1), whole[0, :, 160:192, 240:272])
        assert torch.equal(cut[1].permute(2, 0, 1), whole[1, :, 0:32, 480:512])


def test_pixels_at_rest_are_those_of_the_pictures_shown(teacher: Any) -> None:
    pool = Pool(teacher, Poses(0), SMALL, CPU)
    pool.advance(4)
    slots, lot = torch.tensor([3, 0]), torch.Generator().manual_seed(0)
    rows, columns = torch.randint(0, 512, (2, 2, 500), generator=lot)
    _, rest, _, _ = pool.shown(slots)
    for number in range(2):
        wanted = rest[number, :, rows[number], columns[number]].T
        assert torch.equal(pool.resting(slots, rows, columns)[number], wanted)
