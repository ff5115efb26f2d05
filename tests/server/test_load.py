import random

import pytest

from models.view import View
from server.load import Booking, CostModel, check_room
from server.protocol import ProtocolError

WHOLE = View()
PIXELS = 512**2


def fitted(fixed: float, slope: float, noise: float = 0.0) -> CostModel:
    cost = CostModel()
    chance = random.Random(1)
    for _ in range(200):
        pictures = chance.randint(1, 16)
        cost.measured(pictures * PIXELS, (fixed + slope * pictures) * (1 + chance.uniform(-noise, noise)))
    return cost


def test_nothing_measured_costs_nothing() -> None:
    assert CostModel().seconds(PIXELS) == 0.0


def test_the_fit_finds_fixed_and_proportional_cost() -> None:
    cost = fitted(0.002, 0.001)
    assert cost.seconds(PIXELS) == pytest.approx(0.003, rel=1e-6)
    assert cost.seconds(32 * PIXELS) == pytest.approx(0.034, rel=1e-6)


def test_noise_does_not_make_a_cost_negative() -> None:
    cost = fitted(0.0, 0.001, noise=0.5)
    assert cost.seconds(1) >= 0.0
    assert cost.seconds(8 * PIXELS) == pytest.approx(0.008, rel=0.3)


def test_batches_of_one_size_blame_the_pixels() -> None:
    cost = CostModel()
    for _ in range(3):
        cost.measured(PIXELS, 0.4)
    assert cost.seconds(PIXELS // 4) == pytest.approx(0.1)


def test_the_fit_follows_a_machine_that_slows_down() -> None:
    cost = fitted(0.0, 0.001)
    for pictures in range(1, 200):
        cost.measured((pictures % 8 + 1) * PIXELS, 0.003 * (pictures % 8 + 1))
    assert cost.seconds(PIXELS) == pytest.approx(0.003, rel=0.1)


def test_what_a_larger_picture_costs_on_a_slower_machine_is_known_from_smaller_ones() -> None:
    cost = CostModel()
    for size in (512, 256, 128):
        cost.measured(size**2, 0.02 + 0.08 * (size / 512) ** 2)
    for _ in range(5000):
        cost.measured(128**2, 3 * (0.02 + 0.08 / 16))
    assert cost.seconds(128**2) == pytest.approx(3 * 0.025, rel=0.01)
    assert cost.seconds(512**2) == pytest.approx(3 * 0.1, rel=0.1)


def test_share_counts_the_fixed_cost_once_per_batch() -> None:
    cost = fitted(0.002, 0.001)
    assert cost.share([Booking(WHOLE, 30.0)] * 4) == pytest.approx(30 * 0.002 + 120 * 0.001)


def test_a_newcomer_is_admitted_until_its_rate_cannot_be_held() -> None:
    cost = fitted(0.0, 0.0099)
    check_room(cost, [Booking(WHOLE, 30.0)] * 2, Booking(WHOLE, 30.0), limit=0.9)
    with pytest.raises(ProtocolError) as caught:
        check_room(cost, [Booking(WHOLE, 30.0)] * 3, Booking(WHOLE, 30.0), limit=0.9)
    assert caught.value.close == 4013
    assert caught.value.retry_after is not None


def test_a_small_picture_fits_where_a_whole_one_does_not() -> None:
    cost = fitted(0.0, 0.0099)
    check_room(cost, [Booking(WHOLE, 30.0)] * 2 + [Booking(WHOLE, 28.0)], Booking(View(128), 30.0), limit=0.9)


def test_the_first_one_is_always_admitted() -> None:
    check_room(fitted(0.0, 10.0), [], Booking(WHOLE, 60.0), limit=0.9)


def test_no_limit_refuses_nobody() -> None:
    check_room(fitted(0.0, 10.0), [Booking(WHOLE, 60.0)] * 9, Booking(WHOLE, 60.0), limit=0)


def test_each_kind_of_character_has_its_own_cost() -> None:
    cost = fitted(0.0, 0.001)
    assert not cost.knows("puppet")
    cost.measured(PIXELS, 0.02, "puppet")
    assert cost.knows("puppet")
    assert cost.seconds(PIXELS, "puppet") == pytest.approx(0.02)
    assert cost.seconds(PIXELS) == pytest.approx(0.001, rel=0.01)
    assert cost.share([Booking(WHOLE, 30.0), Booking(WHOLE, 10.0, "puppet")]) == pytest.approx(0.23, rel=0.01)


def test_a_full_system_is_refused_where_it_would_not_be_live_even_alone() -> None:
    cost = CostModel()
    cost.measured(PIXELS, 0.1, "teacher")
    cost.measured(PIXELS, 0.1)
    check_room(cost, [], Booking(WHOLE, 30.0), limit=0.9)
    check_room(cost, [], Booking(WHOLE, 5.0, "teacher"), limit=0.9)
    with pytest.raises(ProtocolError, match="make a student of it"):
        check_room(cost, [], Booking(WHOLE, 30.0, "teacher"), limit=0.9)
