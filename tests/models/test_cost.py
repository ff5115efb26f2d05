"""The arithmetic of a frame is that of the published networks, and follows the pixels."""

from typing import Any

import pytest
import torch

from models import cost
from models.cost import Grades, folded_flop, literal_flop, skipping_flop, skipping_pays
from models.engine import Request, View
from models.pose import DEFAULT, MAXIMUM
from models.reach import CELLS, SHADES, WILD, Reach

FACE = 2 * (3 * 128 + 7 * 128 * 128 + 128 * 4) * 128 * 128


def reach_of(shade: int) -> Reach:
    """Half of the picture, from that grade on."""
    cells = torch.zeros(CELLS, CELLS, dtype=torch.uint8)
    cells[:, :128] = shade
    return Reach(cells)


def test_a_literal_frame_costs_what_the_networks_sizes_say() -> None:
    assert literal_flop(View()) == pytest.approx(33.9e9 + 3.96e9, rel=0.005)


def test_a_folded_frame_costs_less() -> None:
    levels = (
        (3 * 360 + 360 * 360 + 360 * 180 + 180 * 180) * 128**2,
        (3 * 180 + 180 * 180 + 180 * 90 + 90 * 90) * 256**2,
        (3 * 90 + 90 * 90 + 90 * 90 + 90 * 7) * 512**2,
    )
    assert folded_flop(View()) == FACE + 2 * sum(levels)


def test_a_smaller_picture_costs_in_proportion_to_its_pixels() -> None:
    assert 4 * literal_flop(View(256)) == literal_flop(View())
    assert 16 * folded_flop(View(128)) == folded_flop(View())


def test_half_a_picture_costs_half_and_the_glance_at_the_other_half() -> None:
    body, face = folded_flop(View()) - FACE, FACE * 17 / 16
    cost = skipping_flop(Request("a", DEFAULT), reach_of(SHADES[0]))
    assert cost - face == pytest.approx(body / 2 * 17 / 16, rel=0.02)


def test_a_pose_that_shows_more_costs_more() -> None:
    turned = DEFAULT.copy()
    turned[39:44] = 1
    reach = reach_of(SHADES[1])
    costs = [skipping_flop(Request("a", pose), reach) for pose in (DEFAULT, turned, MAXIMUM)]
    assert FACE < costs[0] < costs[1] < costs[2] == folded_flop(View())


def test_what_has_no_reach_or_a_small_picture_costs_all() -> None:
    everything = Reach(torch.full((CELLS, CELLS), SHADES[0], dtype=torch.uint8))
    for reach in (None, everything):
        assert skipping_flop(Request("a", DEFAULT), reach) == folded_flop(View())
    small = Request("a", DEFAULT, View(128))
    assert skipping_flop(small, reach_of(SHADES[0])) == folded_flop(View(128))


def test_a_grade_is_wild_where_skipping_does_not_pay_and_is_found_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, pays = [], skipping_pays

    def counted(*about: Any) -> bool:
        asked.append(about)
        return pays(*about)

    monkeypatch.setattr(cost, "skipping_pays", counted)
    grades, reach = Grades(), reach_of(SHADES[0])
    whole, narrow = Request("a", DEFAULT), Request("a", DEFAULT, View(512, (0, 0, 200, 200)))
    for _ in range(3):
        assert [grades.of(one, reach) for one in (whole, narrow)] == [0, WILD]
    assert len(asked) == 2
    grades.forget("a")
    assert grades.of(whole, reach) == 0
    assert len(asked) == 3
    assert grades.of(Request("a", MAXIMUM), reach) == grades.of(whole, None) == WILD
    assert len(asked) == 3


def test_skipping_pays_where_much_is_left_out_and_not_where_all_but_a_little_is_seen() -> None:
    middle = torch.zeros(CELLS, CELLS, dtype=torch.uint8)
    middle[64:192, 64:192] = SHADES[0]
    reach = Reach(middle)
    assert skipping_pays(Request("a", DEFAULT, View(512)), reach, 0)
    inside = Request("a", DEFAULT, View(512, (136, 136, 240, 240)))
    assert not skipping_pays(inside, reach, 0)
    assert skipping_flop(inside, reach) == folded_flop(inside.view)
