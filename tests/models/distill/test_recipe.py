from dataclasses import replace

import pytest

from models.distill.recipe import FAST, PAPER, BodyWeights, DistillError


@pytest.mark.parametrize(
    ("seen", "face", "body"),
    [
        (0, 1e-4, 1e-4),
        (199_999, 1e-4, 1e-4),
        (200_000, 3.3e-5, 3e-5),
        (500_000, 1e-5, 3e-5),
        (600_000, 1e-5, 1e-5),
        (800_000, 3.3e-6, 1e-5),
        (1_300_000, 3.3e-6, 3e-6),
    ],
)
def test_the_papers_rates_change_when_the_paper_says(seen: int, face: float, body: float) -> None:
    assert (PAPER.face_rate.at(seen), PAPER.body_rate.at(seen)) == (face, body)


def test_the_papers_body_is_taught_in_three_phases() -> None:
    assert PAPER.body_weights.at(399_999) == BodyWeights(flow=0.5, warped=0.25, direct=2, blended=0.25)
    assert PAPER.body_weights.at(400_000) == BodyWeights(flow=5, warped=2.5, direct=1, blended=1)
    assert PAPER.body_weights.at(800_000) == BodyWeights(flow=1, warped=1, direct=1, blended=10)


def test_the_paper_shows_whole_new_pictures_eight_at_a_time() -> None:
    assert (PAPER.batch, PAPER.pool, PAPER.fresh, PAPER.tile, PAPER.face_tile) == (8, 8, 8, 512, 128)
    assert (PAPER.face_rate.length, PAPER.examples) == (1_000_000, 1_500_000)


def test_a_pool_smaller_than_a_batch_is_refused() -> None:
    with pytest.raises(DistillError, match="hold a batch or more"):
        replace(FAST, pool=FAST.batch - 2)


def test_a_tile_wider_than_the_picture_is_refused() -> None:
    with pytest.raises(DistillError, match="8 to 512"):
        replace(FAST, tile=1024)
