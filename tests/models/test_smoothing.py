import numpy as np
import pytest

from models.pose import DEFAULT, INDEX, Pose
from models.smoothing import Smoother


def at(**values: float) -> Pose:
    pose = DEFAULT.copy()
    for name, value in values.items():
        pose[INDEX[name]] = value
    return pose


def test_the_first_pose_is_shown_as_it_is() -> None:
    pose = at(head_x=0.7, mouth_aaa=0.3)
    np.testing.assert_array_equal(Smoother()(pose, 5.0), pose)


def test_a_head_that_trembles_is_steadied_to_less_than_a_quarter() -> None:
    random = np.random.default_rng(3)
    smoother = Smoother()
    raw = 0.2 + 0.01 * random.standard_normal(300)
    shown = [smoother(at(head_y=x), k / 30)[INDEX["head_y"]] for k, x in enumerate(raw)]
    assert np.diff(shown[60:]).std() < 0.25 * np.diff(raw[60:]).std()


@pytest.mark.parametrize("fps", [25, 30, 60])
def test_a_blink_is_nine_tenths_deep_within_40_ms(fps: int) -> None:
    smoother = Smoother()
    for k in range(fps):
        smoother(DEFAULT, k / fps)
    depths = [smoother(at(eye_wink_left=1.0), 1.0 + k / fps)[INDEX["eye_wink_left"]] for k in range(4)]
    assert next(k for k, depth in enumerate(depths) if depth >= 0.9) / fps <= 0.04


def test_a_quick_turn_arrives_within_a_fifth_of_a_second() -> None:
    smoother = Smoother()
    for k in range(30):
        smoother(DEFAULT, k / 30)
    shown = [smoother(at(head_y=1.0), 1.0 + k / 30)[INDEX["head_y"]] for k in range(7)]
    assert 0 < shown[0] < 1
    assert shown[-1] > 0.9
    assert (np.diff(shown) > 0).all()


def test_after_a_gap_or_a_step_back_in_time_it_begins_anew() -> None:
    for later in (10.6, 9.0):
        smoother = Smoother()
        smoother(DEFAULT, 10.0)
        assert smoother(at(head_x=1.0), later)[INDEX["head_x"]] == 1.0
    smoother = Smoother()
    smoother(DEFAULT, 10.0)
    assert smoother(at(head_x=1.0), 10.03)[INDEX["head_x"]] < 0.9


def test_two_poses_of_one_moment_stay_finite() -> None:
    smoother = Smoother()
    smoother(DEFAULT, 1.0)
    shown = smoother(at(head_x=1.0, eye_wink_left=1.0), 1.0)
    assert np.isfinite(shown).all()
    assert shown.dtype == np.float32
