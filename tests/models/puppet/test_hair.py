"""Strands and locks."""

import numpy as np
import pytest

from models.puppet.colours import mix
from models.puppet.description import Hair
from models.puppet.hair import WHORL, Lock, inks, strand


def test_a_strand_runs_from_the_crown_to_its_root_and_ends_straight_down() -> None:
    line = np.array(strand((-40, 110), count=33))
    assert line[0] == pytest.approx(np.array(WHORL)) and line[-1] == pytest.approx(np.array([-40, 110]))
    last = line[-1] - line[-2]
    assert abs(last[0]) < 0.1 * last[1]


def test_a_part_of_a_strand_lies_on_it() -> None:
    whole, part = strand((30, 100), count=9), strand((30, 100), 0.5, 1.0, 5)
    assert np.array(part) == pytest.approx(np.array(whole[4:]))


def test_a_lock_ends_in_its_tip() -> None:
    left, right = Lock((-10, 90), (10, 92), (2, 140)).edges()
    assert left[0] == (-10, 90) and right[0] == (10, 92) and left[-1] == right[-1] == (2, 140)


def test_lines_are_darker_than_shades_and_shades_than_the_hair() -> None:
    def light(colour: str) -> int:
        return sum(bytes.fromhex(colour[1:]))

    for hair in (Hair(), Hair(colour="#d9d5ea", tips="#b9a6dc"), Hair(colour="#302020", tips="#402020")):
        ink = inks(hair)
        assert light(ink.line) < light(ink.deep) < light(ink.shade)
        assert light(ink.shade) < light(mix(ink.base, ink.tips, 0.5))
