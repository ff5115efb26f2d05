"""What a student's pictures cost against the teacher's (THA4 §5.2, appendix D)."""

from __future__ import annotations

import torch
from torch.nn.functional import l1_loss

from models.compose import Stages
from models.distill.recipe import BodyWeights


def face_loss(
    face: torch.Tensor, wanted: torch.Tensor, mask: torch.Tensor, weight: float = 20.0
) -> torch.Tensor:
    """Faces (N, 4, h, w): mean absolute difference over all, and `weight` times that where `mask` (h, w)."""
    difference = (face - wanted).abs()
    return difference.mean() + weight * (difference * mask).mean()


def body_loss(
    stages: Stages, posed: torch.Tensor, warped: torch.Tensor, flow: torch.Tensor, weights: BodyWeights
) -> torch.Tensor:
    """The four terms, weighted; the directly drawn picture and the blended one both want to be `posed`."""
    return (
        weights.flow * l1_loss(stages.flow, flow)
        + weights.warped * l1_loss(stages.warped, warped)
        + weights.direct * l1_loss(stages.color, posed)
        + weights.blended * l1_loss(stages.blended, posed)
    )
