from dataclasses import replace
from typing import Any

import torch

from models.compose import compose
from models.distill.pool import Pool
from models.distill.poses import Poses
from models.distill.recipe import FAST
from models.distill.squares import Squares
from models.distill.warping import warped
from models.regions import whole

CPU = torch.device("cpu")


def test_squares_are_warped_as_whole_pictures_are_with_the_same_gradients(teacher: Any) -> None:
    recipe = replace(FAST, batch=2, first=2, pool=2, fresh=2)
    pool = Pool(teacher, Poses(0), recipe, CPU)
    pool.advance(2)
    slots = torch.tensor([1, 0])
    _, rest, _, _ = pool.shown(slots)
    lot = torch.Generator().manual_seed(0)
    # Far enough to reach over the edges of the picture.
    flow = (0.6 * torch.randn(2, 2, 512, 512, generator=lot)).requires_grad_()
    body = torch.cat([flow, torch.zeros(2, 5, 512, 512)], dim=1)
    face = rest[:, :, 80:208, 192:320].clone()
    literal = compose(rest, face, body, whole(512)).warped
    corners = torch.tensor([[0, 0], [480, 240]])
    parts = [literal[n, :, y : y + 32, x : x + 32] for n, (x, y) in enumerate(corners.tolist())]
    wanted = torch.stack(parts).permute(0, 2, 3, 1)
    cut = torch.stack([flow[n, :, y : y + 32, x : x + 32] for n, (x, y) in enumerate(corners.tolist())])
    mine = warped(pool, slots, Squares(corners, 32), cut.permute(0, 2, 3, 1))
    assert torch.allclose(mine, wanted, atol=2e-3)
    (theirs,) = torch.autograd.grad(wanted.sum(), flow, retain_graph=True)
    (own,) = torch.autograd.grad(mine.sum(), flow)
    assert (own - theirs).abs().mean() < 1e-3 * theirs.abs().mean()
