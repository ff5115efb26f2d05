"""The arithmetic of a frame is that of the published networks, and follows the pixels."""

import pytest
import torch

from models.cost import folded_flop, literal_flop
from models.engine import Request, View
from models.pose import DEFAULT, MAXIMUM
from models.reach import CELLS, NEVER, SHADES, WILD, Reach

FACE = 2 * (3 * 128 + 7 * 128 * 128 + 128 * 4) * 128 * 128


def reach() -> Reach:
    cells = torch.full((CELLS, CELLS), NEVER, dtype=torch.uint8)
    cells[100:110, 50] = SHADES[0]
    cells[0, 0] = SHADES[WILD]
    return Reach(cells)


def test_a_literal_frame_costs_what_the_networks_sizes_say() -> None:
    assert literal_flop(View()) == pytest.approx(33.9e9 + 3.96e9, rel=0.005)


def test_a_folded_frame_costs_less() -> None:
    levels = (
        (3 * 360 + 360 * 360 + 360 * 180 + 180 * 180) * 128**2,
        (3 * 180 + 180 * 180 + 180 * 90 + 90 * 90) * 256**2,
        (3 * 90 + 90 * 90 + 90 * 90 + 90 * 7) * 512**2,
    )
    assert folded_flop(Request("a", DEFAULT)) == FACE + 2 * sum(levels)


def test_a_smaller_picture_costs_in_proportion_to_its_pixels() -> None:
    assert 4 * literal_flop(View(256)) == literal_flop(View())
    assert 16 * folded_flop(Request("a", DEFAULT, View(128))) == folded_flop(Request("a", DEFAULT))


def test_what_is_not_within_reach_costs_nothing() -> None:
    empty = Reach(torch.full((CELLS, CELLS), NEVER, dtype=torch.uint8))
    assert folded_flop(Request("a", DEFAULT), empty) == FACE
    everything = Reach(torch.full((CELLS, CELLS), SHADES[0], dtype=torch.uint8))
    assert folded_flop(Request("a", DEFAULT), everything) == folded_flop(Request("a", DEFAULT))


def test_a_wild_pose_costs_more_and_a_box_more_still() -> None:
    calm, wild = Request("a", DEFAULT), Request("a", MAXIMUM)
    assert FACE < folded_flop(calm, reach()) < folded_flop(wild, reach())
    assert folded_flop(calm, reach(), boxed=True) == folded_flop(calm, reach())
    filled = torch.full((CELLS, CELLS), NEVER, dtype=torch.uint8)
    filled[:110, :51] = SHADES[0]
    assert folded_flop(wild, reach(), boxed=True) == folded_flop(wild, Reach(filled))
