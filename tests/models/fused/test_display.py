"""One launch makes the bytes that the plain functions make."""

import pytest
import torch

from models import pictures, planes
from models.fused.display import to_display, to_planes
from models.pictures import Background

GREEN = (20, 200, 30)


def frames(device: torch.device) -> torch.Tensor:
    """Everything that drawing may give: overshoot, nearly nothing, nothing, and what is no number."""
    generator = torch.Generator().manual_seed(0)
    made = torch.rand(3, 4, 38, 50, generator=generator) * 2.2 - 1.1
    made[0, 3, :6], made[1, :, 8:12] = -1, -1
    made[2, 3, 20:24] = -1 + 2 * torch.linspace(0, 0.01, 200).view(4, 50)
    made[2, :, 30, 7] = torch.nan
    return made.to(device)


def near(got: torch.Tensor, wanted: torch.Tensor) -> None:
    """But for sums in another order, which may round one value in thousands the other way."""
    assert (got.shape, got.dtype, got.device) == (wanted.shape, wanted.dtype, wanted.device)
    apart = (got.int() - wanted.int()).abs()
    assert apart.max() <= 1
    assert apart.count_nonzero() <= got.numel() / 1000


@pytest.mark.parametrize("background", [None, (255, 255, 255), GREEN])
def test_a_picture_with_alpha_or_over_a_background(device: torch.device, background: Background) -> None:
    made = frames(device)
    near(to_display(made, background), pictures.to_display(made.clone(), background))


@pytest.mark.parametrize(
    ("background", "stacked"), [(None, False), (GREEN, False), (None, True), (GREEN, True)]
)
def test_planes_and_planes_with_alpha_below(
    device: torch.device, background: Background, *, stacked: bool
) -> None:
    made = frames(device)
    wanted = planes.to_planes(made.clone(), background, stacked=stacked)
    near(to_planes(made, background, stacked=stacked), wanted)
