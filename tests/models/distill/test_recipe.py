from dataclasses import replace
from typing import Any

import pytest

from models.distill.recipe import FAST, PAPER, BodyWeights, DistillError, Falling


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
    assert (PAPER.batch, PAPER.pool, PAPER.tile) == (8, 8, 512)
    assert [PAPER.pictures(step) for step in (0, 1, 2)] == [8, 16, 24]
    assert (PAPER.face_rate.length, PAPER.examples) == (1_000_000, 1_500_000)


def test_the_fast_recipe_asks_for_pictures_in_between() -> None:
    asked = [FAST.pictures(step) for step in (0, FAST.pause - 1, FAST.pause)]
    assert asked == [FAST.first, FAST.first, FAST.first + FAST.fresh]


def test_a_falling_rate_ends_at_nothing() -> None:
    rate = Falling(2e-4, 1000)
    assert [rate.at(seen) for seen in (0, 500, 1000, 2000)] == pytest.approx([2e-4, 1e-4, 0, 0])


@pytest.mark.parametrize(
    ("sizes", "sentence"),
    [
        ({"pool": FAST.first - 8}, "hold the first pictures"),
        ({"batch": FAST.first + 1}, "a batch or more"),
        ({"fresh": 7}, "multiples of the fresh"),
        ({"tile": 1024}, "must be 512 pixels wide"),
        ({"tile": 30}, "multiple of 4"),
        ({"face_pixels": 7}, "a pixel or more"),
    ],
)
def test_sizes_that_do_not_fit_together_are_refused(sizes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(DistillError, match=sentence):
        replace(FAST, **sizes)
