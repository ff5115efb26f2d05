"""The eyelids."""

import numpy as np
import pytest

from models.puppet.description import Eyes
from models.puppet.expression import EYE, EyeState
from models.puppet.organs.lids import lids_of


def state(**shares: float) -> EyeState:
    return EyeState(tuple(shares.get(name, 0.0) for name in EYE), 0.0, (0.0, 0.0))


def test_an_eye_at_rest_is_wholly_open() -> None:
    assert lids_of(Eyes(), state()).opening == pytest.approx(1)


@pytest.mark.parametrize("name", ["wink", "happy_wink", "relaxed"])
def test_each_way_of_shutting_shuts_the_eye_evenly(name: str) -> None:
    openings = [lids_of(Eyes(), state(**{name: share})).opening for share in np.linspace(0, 1, 11)]
    assert openings[-1] == pytest.approx(0, abs=1e-9)
    assert np.diff(openings) == pytest.approx(np.full(10, -0.1), abs=1e-6)


def test_a_happy_wink_arches_up_and_a_wink_down() -> None:
    def arch(name: str) -> float:
        line = lids_of(Eyes(), state(**{name: 1})).upper
        return float(line[3, 1] - (line[0, 1] + line[6, 1]) / 2)

    assert arch("happy_wink") < -3 and arch("wink") > 3 and arch("relaxed") > 3


def test_lids_never_cross_in_any_mixture() -> None:
    rough = np.random.default_rng(0)
    for _ in range(200):
        shares = dict(zip(EYE, rough.integers(0, 2, 6) * rough.random(6), strict=True))
        lids = lids_of(Eyes(tilt=0.5), state(**shares))
        assert (lids.upper[:, 1] <= lids.lower[:, 1]).all()


def test_surprise_opens_and_boredom_flattens() -> None:
    assert lids_of(Eyes(), state(surprised=1)).opening > 1.2
    flat = lids_of(Eyes(), state(unimpressed=1))
    assert 0.4 < flat.opening < 0.7 and np.ptp(flat.upper[2:6, 1]) < 1


def test_a_raised_lower_lid_leaves_the_upper_one() -> None:
    rest, raised = lids_of(Eyes(), state()), lids_of(Eyes(), state(raised_lower_eyelid=1))
    assert (rest.upper == raised.upper).all() and raised.lower[3, 1] < rest.lower[3, 1] - 5


def test_tilt_lifts_the_outer_corner() -> None:
    assert lids_of(Eyes(tilt=1), state()).upper[6, 1] < lids_of(Eyes(), state()).upper[6, 1]
