"""What a rotator's pictures cost against the posed picture (THA4 §4.2, appendix B)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import torch
from torch.nn.functional import l1_loss

from models.teachers.rotators import Rotated
from models.teachers.warp import resized
from models.training.course import Perceptual
from models.vgg import Vgg

Side = Literal["colour", "alpha"]
Scale = Callable[[torch.Tensor], torch.Tensor]

_SIDES = 2


def l1_terms(rotated: Rotated, posed: torch.Tensor) -> dict[str, torch.Tensor]:
    """Mean absolute differences of all three ways to the posed picture (N, 4, s, s)."""
    return {name: l1_loss(picture, posed) for name, picture in _pictures(rotated).items()}


def perceptual_terms(
    rotated: Rotated, posed: torch.Tensor, kind: Perceptual, vgg: Vgg, side: Side
) -> dict[str, torch.Tensor]:
    """The perceptual loss of each of the three, over the pictures of that kind."""
    terms = {}
    for scale, scaled in _SCALES[kind].items():
        with torch.no_grad():
            wanted = features(vgg, scaled(posed), side)
        for name, picture in _pictures(rotated).items():
            terms[f"{name}, {scale}"] = distance(features(vgg, scaled(picture), side), wanted)
    return terms


def features(vgg: Vgg, picture: torch.Tensor, side: Side) -> list[torch.Tensor]:
    """What VGG16 sees of pictures (N, 4, s, s): of their colour, or of their alpha as a grey picture."""
    channels = picture[:, :3] if side == "colour" else picture[:, 3:].expand(-1, 3, -1, -1)
    seen: list[torch.Tensor] = vgg(channels)
    return seen


def distance(found: list[torch.Tensor], wanted: list[torch.Tensor]) -> torch.Tensor:
    """L1 between features, each layer divided by its number of components.

    Only one of the two sides is looked at in a step, so it counts twice: that is the expectation of both.
    """
    layers = [l1_loss(one, other) for one, other in zip(found, wanted, strict=True)]
    return _SIDES * torch.stack(layers).sum()


def halved(picture: torch.Tensor) -> torch.Tensor:
    """Pictures (N, 4, s, s) at half their size."""
    return resized(picture, picture.shape[-1] // 2)


def quarters(picture: torch.Tensor) -> torch.Tensor:
    """The four quadrants of pictures (N, 4, s, s), as a batch of (4 N, 4, s/2, s/2)."""
    rows = torch.cat(picture.chunk(2, dim=2))
    return torch.cat(rows.chunk(2, dim=3))


def _pictures(rotated: Rotated) -> dict[str, torch.Tensor]:
    return {"warped": rotated.warped, "direct": rotated.direct, "merged": rotated.merged}


def _whole(picture: torch.Tensor) -> torch.Tensor:
    return picture


_SCALES: dict[Perceptual, dict[str, Scale]] = {
    "none": {},
    "whole": {"whole": _whole},
    "half and quarters": {"half": halved, "quarters": quarters},
}
