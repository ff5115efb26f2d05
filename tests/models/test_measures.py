"""What is measured of a face: names, ramps, and what is made of several."""

import math

import numpy as np
import pytest

from models.measures import BLENDSHAPES, LOOK, MEASURES, STANDARD, Profile, Ramp


def measured(profile: Profile = STANDARD, **look: float) -> dict[str, float]:
    """What is not 0 of a look."""
    values = profile.measured(np.array([look.get(name, 0.0) for name in LOOK]))
    return {name: value for name, value in zip(MEASURES, values.tolist(), strict=True) if value}


def test_there_are_fifty_two_names_as_arkit_has_them() -> None:
    assert len(set(BLENDSHAPES)) == len(BLENDSHAPES) == 52
    assert {"jawLeft", "mouthRight", "tongueOut", "browInnerUp"} < set(BLENDSHAPES)


def test_a_ramp_has_a_dead_zone_a_slope_and_a_limit() -> None:
    ramp = Ramp(0.2, 0.6, 0.5)
    assert [ramp(x) for x in (-1.0, 0.2, 0.6, 5.0)] == [0.0, 0.0, 0.5, 0.5]
    assert ramp(0.4) == pytest.approx(0.25)


@pytest.mark.parametrize("bad", [(0.5, 0.5), (-0.1, 1.0), (0.0, math.inf), (math.nan, 1.0), (0.0, 1.0, 1.1)])
def test_a_ramp_that_could_leave_the_range_is_refused(bad: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match=r"^A ramp needs"):
        Ramp(*bad)


def test_of_a_face_at_rest_nothing_is_measured() -> None:
    assert measured() == {"always": 1.0}


def test_what_goes_both_ways_is_two_measures() -> None:
    assert measured(pitch=9.0) == {"chin_down": 0.5, "always": 1.0}
    assert measured(pitch=-9.0) == {"chin_up": 0.5, "always": 1.0}
    assert measured(yaw=-20.0) == {"head_right": 1.0, "body_right": pytest.approx(2 / 7), "always": 1.0}


def test_a_mouth_is_either_wide_or_round() -> None:
    both = measured(mouthStretchLeft=0.9, mouthStretchRight=0.9, mouthPucker=0.575)
    assert both["mouth_wide"] == pytest.approx(1.0)
    assert both["mouth_round"] == pytest.approx(0.5)
    assert both["wide"] == pytest.approx(0.5)
    assert "round" not in both


def test_eyes_that_differ_a_little_are_closed_alike_and_a_wink_is_not() -> None:
    alike = measured(eyeBlinkLeft=0.45, eyeBlinkRight=0.37)
    assert alike["closed_left"] == alike["closed_right"] == pytest.approx(0.16 / 0.3)
    wink = measured(eyeBlinkLeft=0.6)
    assert wink["closed_left"] == 1.0
    assert "closed_right" not in wink


def test_a_lowered_brow_that_is_drawn_as_trouble_goes_into_it() -> None:
    troubled = Profile(brow_down_as="troubled")
    assert measured(troubled, browDownLeft=0.8)["brow_troubled_left"] == pytest.approx(1.0)
    assert "brow_troubled_left" not in measured(browDownLeft=0.8)


def test_the_ramps_of_a_profile_are_those_of_its_measures() -> None:
    gentle = Profile(smile=Ramp(0.5, 1.0, 0.5))
    assert measured(gentle, mouthSmileRight=0.75)["smile_right"] == pytest.approx(0.25)
    assert measured(gentle, mouthSmileRight=1.0)["smile_right"] == 0.5
