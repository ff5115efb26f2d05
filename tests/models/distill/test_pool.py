from dataclasses import replace
from typing import Any

import numpy as np
import torch

from models.distill.pool import Pool
from models.distill.poses import Poses
from models.distill.recipe import FAST

SMALL = replace(FAST, batch=4, pool=6, fresh=2)
CPU = torch.device("cpu")


def test_the_pool_holds_what_the_teacher_made(teacher: Any) -> None:
    pool = Pool(teacher, Poses(0), SMALL, CPU)
    assert pool.advance(0) == 4
    poses, rest, flow, posed = pool.shown(np.arange(4))
    assert np.array_equal(poses.numpy(), Poses(0).at(0, 4))
    taught = teacher.pose(poses)
    assert float((rest - taught.rest).abs().max()) < 1e-3
    assert float((flow - taught.flow).abs().max()) < 1e-3
    assert float((posed - taught.posed).abs().max()) < 1e-3


def test_each_step_makes_only_what_is_new(teacher: Any) -> None:
    pool = Pool(teacher, Poses(0), SMALL, CPU)
    assert [pool.advance(step) for step in range(4)] == [4, 6, 6, 6]
    assert teacher.asked == 10


def test_a_pool_that_begins_late_holds_the_same(teacher: Any) -> None:
    early, late = (Pool(teacher, Poses(0), SMALL, CPU) for _ in range(2))
    for step in range(6):
        early.advance(step)
    late.advance(5)
    slots = np.arange(6)
    pairs = zip(early.shown(slots), late.shown(slots), strict=True)
    assert all(torch.equal(one, other) for one, other in pairs)
