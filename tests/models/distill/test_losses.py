import pytest
import torch

from models.distill.losses import body_loss, face_loss
from models.distill.recipe import BodyWeights


def test_a_masked_pixel_counts_twenty_one_times() -> None:
    face, wanted, mask = torch.zeros(1, 4, 2, 2), torch.zeros(1, 4, 2, 2), torch.zeros(2, 2)
    wanted[..., 0, 0] = 1
    assert float(face_loss(face, wanted, mask)) == pytest.approx(0.25)
    mask[0, 0] = 1
    assert float(face_loss(face, wanted, mask)) == pytest.approx(0.25 * 21)


def test_squares_count_beside_the_absolute_difference() -> None:
    face, wanted, mask = torch.zeros(1, 4, 2, 2), torch.full((1, 4, 2, 2), 0.5), torch.zeros(2, 2)
    assert float(face_loss(face, wanted, mask, squares=2.0)) == pytest.approx(0.5 + 2 * 0.25)


def test_each_term_of_the_body_counts_by_its_weight() -> None:
    def pair(value: float) -> tuple[torch.Tensor, torch.Tensor]:
        return torch.full((1, 4, 2, 2), value), torch.zeros(1, 4, 2, 2)

    loss = body_loss(
        BodyWeights(flow=1, warped=2, direct=3, blended=4), pair(1), pair(-100), pair(10), pair(1000)
    )
    assert float(loss) == 1 + 2 * 100 + 3 * 10 + 4 * 1000
