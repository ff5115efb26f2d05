import math

import numpy as np
import pytest

from models.steadiness import Blink, blinks, trembling

TIMES = np.arange(30) / 30


def test_half_the_trembling_of_a_head_that_keeps_still_is_half() -> None:
    noise = 0.005 * np.random.default_rng(1).standard_normal(300)
    assert trembling(0.3 + noise, 0.3 + noise / 2, 30) == pytest.approx(0.5)


def test_only_where_it_keeps_still_does_a_head_tremble() -> None:
    noise = 0.005 * np.random.default_rng(1).standard_normal(300)
    turn = np.where(np.arange(300) < 150, 0.0, np.sin(np.arange(300)))
    assert trembling(turn + noise, noise / 4, 30) == pytest.approx(0.25, abs=0.02)
    assert math.isnan(trembling(np.sin(np.arange(300)), noise, 30))
    assert math.isnan(trembling(np.zeros(300), noise, 30))


def lid(*closed: float, begin: int = 10) -> np.ndarray:
    values = np.zeros(30)
    values[begin : begin + len(closed)] = closed
    return values


def test_a_blink_that_comes_a_picture_late_and_less_deep_is_told_so() -> None:
    (blink,) = blinks(lid(0.5, 1.0, 1.0, 0.4), lid(0.2, 0.8, 0.95, 0.5), TIMES)
    assert blink.depth == pytest.approx(0.95)
    assert blink.late == pytest.approx(1 / 30)


def test_a_blink_that_is_smoothed_away_is_infinitely_late() -> None:
    (blink,) = blinks(lid(1.0), lid(0.3, 0.3), TIMES)
    assert blink.depth == pytest.approx(0.3)
    assert blink.late == math.inf


def test_lids_that_only_droop_do_not_blink() -> None:
    assert blinks(lid(0.5, 0.8, 0.5), lid(0.5, 0.8, 0.5), TIMES) == []


def test_every_blink_counts() -> None:
    raw = lid(1.0, 1.0) + lid(1.0, begin=20)
    assert blinks(raw, raw, TIMES) == [Blink(1.0, 0.0), Blink(1.0, 0.0)]
