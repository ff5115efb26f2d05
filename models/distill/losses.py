"""What a student's pictures cost against the teacher's (THA4 §5.2, appendix D)."""

from __future__ import annotations

import torch
from torch.nn.functional import l1_loss

from models.distill.recipe import BodyWeights

Pair = tuple[torch.Tensor, torch.Tensor]


def face_loss(
    face: torch.Tensor, wanted: torch.Tensor, mask: torch.Tensor, weight: float = 20.0, squares: float = 0.0
) -> torch.Tensor:
    """Faces (N, 4, h, w): mean difference over all, and `weight` times that where `mask` (h, w)."""
    off = difference(face, wanted, squares)
    return off.mean() + weight * (off * mask).mean()


def difference(ours: torch.Tensor, wanted: torch.Tensor, squares: float) -> torch.Tensor:
    """The absolute difference of each value, and `squares` times the squared one."""
    off = (ours - wanted).abs()
    return off + squares * off.square() if squares else off


def body_loss(weights: BodyWeights, flow: Pair, warped: Pair, direct: Pair, blended: Pair) -> torch.Tensor:
    """The four terms, weighted: each is what the student has, and what it should have, of one shape."""
    return (
        weights.flow * l1_loss(*flow)
        + weights.warped * l1_loss(*warped)
        + weights.direct * l1_loss(*direct)
        + weights.blended * l1_loss(*blended)
    )
