"""The mouth's two lines."""

import numpy as np
import pytest

from models.puppet.expression import CORNERS, VOWELS, MouthState
from models.puppet.organs.mouth import lines_of


def state(**shares: float) -> MouthState:
    return MouthState(
        tuple(shares.get(name, 0.0) for name in VOWELS), tuple(shares.get(name, 0.0) for name in CORNERS)
    )


def height(**shares: float) -> float:
    upper, lower = lines_of(state(**shares))
    return float((lower - upper)[:, 1].max())


def width(**shares: float) -> float:
    upper, _ = lines_of(state(**shares))
    return float(np.ptp(upper[:, 0]))


def test_at_rest_the_mouth_is_shut() -> None:
    assert height() == 0


def test_vowels_have_their_shapes() -> None:
    assert height(aaa=1) > height(ooo=1) > height(eee=1) > height(iii=1) > 2
    assert width(iii=1) > width() > width(ooo=1) > width(uuu=1)
    upper, lower = lines_of(state(delta=1))
    assert np.argmin(upper[:, 1]) == 3 and np.ptp(lower[:, 1]) < 1.5


def test_opening_grows_evenly_with_the_vowel() -> None:
    heights = [height(aaa=share) for share in np.linspace(0, 1, 6)]
    assert np.diff(heights) == pytest.approx(np.full(5, heights[-1] / 5))


def test_several_vowels_at_once_are_a_mixture() -> None:
    assert height(aaa=1, ooo=1) < height(aaa=1)
    assert width(uuu=1) < width(uuu=1, iii=1) < width(iii=1)


def test_each_corner_moves_by_itself() -> None:
    rest, _ = lines_of(state())
    raised, _ = lines_of(state(raised_corner_left=1))
    lowered, _ = lines_of(state(lowered_corner_right=1))
    assert raised[6, 1] < rest[6, 1] - 2 and raised[0].tolist() == rest[0].tolist()
    assert lowered[0, 1] > rest[0, 1] + 2 and lowered[6].tolist() == rest[6].tolist()


def test_a_smirk_lifts_one_side() -> None:
    line, _ = lines_of(state(smirk=1))
    assert line[6, 1] < line[0, 1] - 4


def test_lips_never_cross_in_any_mixture() -> None:
    rough = np.random.default_rng(0)
    for _ in range(200):
        vowels, corners = rough.random((2, 6))
        upper, lower = lines_of(MouthState(tuple(vowels), tuple(corners[:5])))
        assert (upper[:, 1] <= lower[:, 1]).all()
