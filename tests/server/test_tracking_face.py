import numpy as np
import pytest

from models.pose import DEFAULT, INDEX, PoseError, changed
from server.protocol import ProtocolError, Tracking
from server.tracking_face import Face

HEAD_Y = INDEX["head_y"]
AHEAD = np.eye(4).ravel().tolist()


def turned(degrees: float) -> list[float]:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return [c, 0, s, 0, 0, 1, 0, 0, -s, 0, c, 0, 0, 0, 0, 1]


def test_a_clients_face_is_shown_at_once_and_a_pictures_face_is_steadied() -> None:
    face = Face()
    face.pose({}, [0, 0, 0], 1.0, DEFAULT)
    assert face.pose({}, [0, 10, 0], 1.03, DEFAULT)[HEAD_Y] == -0.5
    face.seen({}, AHEAD, 2.0, DEFAULT)
    assert -0.5 < face.seen({}, turned(10), 2.03, DEFAULT)[HEAD_Y] < 0


def test_smoothing_can_be_chosen_for_both() -> None:
    face = Face()
    face.change(Tracking(smoothing=True))
    face.pose({}, [0, 0, 0], 1.0, DEFAULT)
    assert -0.5 < face.pose({}, [0, 10, 0], 1.03, DEFAULT)[HEAD_Y] < 0
    face.change(Tracking(smoothing=False))
    face.seen({}, AHEAD, 2.0, DEFAULT)
    assert face.seen({}, turned(10), 2.03, DEFAULT)[HEAD_Y] == pytest.approx(-0.5)


def test_the_neutral_head_is_the_mean_over_the_half_second_after_calibrating() -> None:
    face = Face()
    face.pose({}, [0, 8, 0], 1.0, DEFAULT)
    face.calibrate(1.01)
    assert face.pose({}, [0, 8, 0], 1.1, DEFAULT)[HEAD_Y] == 0
    face.pose({}, [0, 12, 0], 1.3, DEFAULT)
    face.pose({}, [0, 12, 0], 1.5, DEFAULT)
    assert face.pose({}, [0, 10, 0], 1.6, DEFAULT)[HEAD_Y] == 0
    assert face.pose({}, [0, 20, 0], 1.7, DEFAULT)[HEAD_Y] == -0.5


def test_the_neutral_face_is_what_calibration_saw_of_it() -> None:
    face = Face()
    rest = {"mouthSmileLeft": 0.28}
    face.pose(rest, None, 1.0, DEFAULT)
    face.calibrate(1.0)
    assert not face.pose(rest, None, 3.0, DEFAULT).any()


def test_numbers_that_are_not_finite_are_refused_and_not_remembered() -> None:
    face = Face()
    with pytest.raises(PoseError):
        face.pose({"jawOpen": float("nan")}, [0, 0, 0], 1.0, DEFAULT)
    face.calibrate(1.0)
    assert face.pose({}, [0, 10, 0], 2.0, DEFAULT)[HEAD_Y] == -0.5


def test_a_lost_face_goes_to_rest_and_comes_back_without_a_jump() -> None:
    face = Face()
    turns = [face.seen({}, turned(20), t, DEFAULT)[HEAD_Y] for t in np.arange(0, 1, 0.03)]
    assert turns[-1] == pytest.approx(-1)
    turns += [face.lost(t, DEFAULT)[HEAD_Y] for t in np.arange(1, 4, 0.03)]
    assert turns[-1] == 0
    turns += [face.seen({}, turned(20), t, DEFAULT)[HEAD_Y] for t in np.arange(4, 5, 0.03)]
    assert turns[-1] == pytest.approx(-1)
    assert np.abs(np.diff(turns)).max() < 0.15


def test_a_mouth_that_is_not_the_faces_stays_as_it_was_said() -> None:
    face = Face()
    face.change(Tracking(mouth=False))
    spoken = changed(DEFAULT, {"mouth_ooo": 0.5})
    for pose in (
        face.pose({"jawOpen": 1.0}, None, 1.0, spoken),
        face.seen({"jawOpen": 1.0}, AHEAD, 1.0, spoken),
    ):
        assert (pose[INDEX["mouth_aaa"]], pose[INDEX["mouth_ooo"]]) == (0, 0.5)


def test_a_profile_is_chosen_by_name_and_brows_by_their_style() -> None:
    face = Face()
    face.change(Tracking(profile="lively", brow_down="serious"))
    pose = face.pose({"browDownLeft": 1.0}, [0, 7, 0], 1.0, DEFAULT)
    assert pose[INDEX["eyebrow_serious_left"]] == 1.0
    assert pose[HEAD_Y] == pytest.approx(-0.5)
    with pytest.raises(ProtocolError, match="natural, lively, subtle"):
        face.change(Tracking(profile="wild"))


def test_settings_that_are_not_named_stay() -> None:
    face = Face()
    face.change(Tracking(mirror=True))
    face.change(Tracking(mouth=False))
    assert (face.mirror, face.mouth, face.smoothing) == (True, False, None)
