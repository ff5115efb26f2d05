import pytest
import torch
from torch import nn

from models.teachers.rotators import Rotated
from models.training.losses import distance, features, halved, l1_terms, perceptual_terms, quarters
from models.vgg import Vgg


def rotated(warped: float, direct: float, merged: float, size: int = 16) -> Rotated:
    pictures = [torch.full((1, 4, size, size), float(value)) for value in (direct, warped, merged)]
    return Rotated(
        pictures[0], torch.zeros(1, 2, size, size), pictures[1], torch.zeros(1, 1, size, size), pictures[2]
    )


@pytest.fixture
def vgg() -> Vgg:
    torch.manual_seed(0)
    return Vgg().eval().requires_grad_(False)


def test_all_three_pictures_want_to_be_the_posed_one() -> None:
    terms = l1_terms(rotated(0.1, -0.2, 0.3), torch.zeros(1, 4, 16, 16))
    assert {name: round(term.item(), 4) for name, term in terms.items()} == {
        "warped": 0.1,
        "direct": 0.2,
        "merged": 0.3,
    }


def test_equal_pictures_cost_nothing_and_others_something(vgg: Vgg) -> None:
    made = rotated(0.0, 0.0, 0.5)
    terms = perceptual_terms(made, torch.zeros(1, 4, 16, 16), "whole", vgg, "colour")
    assert terms.keys() == {"warped, whole", "direct, whole", "merged, whole"}
    assert terms["warped, whole"] == terms["direct, whole"] == 0 < terms["merged, whole"]


def test_a_side_is_blind_for_the_other(vgg: Vgg) -> None:
    made, posed = rotated(0, 0, 0), torch.zeros(1, 4, 16, 16)
    made.merged[:, 3] = 0.7
    assert perceptual_terms(made, posed, "whole", vgg, "colour")["merged, whole"] == 0
    assert perceptual_terms(made, posed, "whole", vgg, "alpha")["merged, whole"] > 0


def test_alpha_is_seen_as_a_grey_picture(vgg: Vgg) -> None:
    picture = torch.rand(1, 4, 16, 16)
    grey = picture[:, 3:].repeat(1, 4, 1, 1)
    pairs = zip(features(vgg, picture, "alpha"), features(vgg, grey, "colour"), strict=True)
    assert all(torch.equal(one, other) for one, other in pairs)


def test_each_layer_is_divided_by_its_components_and_one_side_counts_for_both() -> None:
    found = [torch.ones(1, 2, 4, 4), torch.full((1, 8, 2, 2), 3.0)]
    assert distance(found, [torch.zeros_like(one) for one in found]) == 2 * (1 + 3)


def test_the_last_phase_looks_at_half_and_quarters() -> None:
    seen: list[tuple[int, ...]] = []

    class Eye(nn.Module):
        def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
            seen.append(tuple(x.shape))
            return [x]

    terms = perceptual_terms(rotated(0, 0, 0), torch.zeros(1, 4, 16, 16), "half and quarters", Eye(), "alpha")  # type: ignore[arg-type]
    assert {name.split(", ")[1] for name in terms} == {"half", "quarters"}
    assert set(seen) == {(1, 3, 8, 8), (4, 3, 8, 8)}


def test_quarters_are_the_four_corners_of_every_picture() -> None:
    picture = torch.arange(2 * 4 * 4 * 4.0).view(2, 4, 4, 4)
    corners = quarters(picture)
    assert corners.shape == (8, 4, 2, 2)
    wanted = [
        picture[n, :, top : top + 2, left : left + 2] for n in (0, 1) for top in (0, 2) for left in (0, 2)
    ]
    assert all(any(torch.equal(one, corner) for corner in corners) for one in wanted)
    assert torch.equal(halved(picture), nn.functional.avg_pool2d(picture, 2))
