import numpy as np
import pytest

from models.mixer import CLEAR, Fade, Presence, layer, present, voiced
from models.pose import DEFAULT, INDEX, PoseError, changed


def test_a_lost_face_is_held_and_then_eased_away_and_back() -> None:
    presence = Presence()
    assert presence.step(True, 0.0) == 1.0
    assert presence.step(False, 0.3) == 1.0
    assert presence.step(False, 0.5) == pytest.approx(0.8)
    assert presence.step(False, 3.0) == 0.0
    assert presence.step(True, 3.1) == pytest.approx(0.25)
    assert presence.step(True, 4.0) == 1.0


def test_a_face_that_was_never_seen_is_waited_for_like_a_lost_one() -> None:
    presence = Presence()
    assert presence.step(False, 100.0) == 1.0
    assert presence.step(False, 102.0) == 0.0


def test_a_share_of_a_pose_lies_between_rest_and_the_pose() -> None:
    pose = changed(DEFAULT, {"head_x": -1.0, "mouth_aaa": 1.0})
    np.testing.assert_array_equal(present(pose, 1.0), pose)
    np.testing.assert_array_equal(present(pose, 0.0), DEFAULT)
    assert present(pose, 0.5)[INDEX["head_x"]] == -0.5


def test_a_voice_moves_the_vowels_and_nothing_else() -> None:
    tracked = changed(DEFAULT, {"mouth_aaa": 1.0, "head_x": 0.5, "mouth_raised_corner_left": 1.0})
    shown = voiced(tracked, changed(DEFAULT, {"mouth_ooo": 0.25, "head_x": -1.0}))
    assert shown[INDEX["mouth_aaa"]] == 0
    assert shown[INDEX["mouth_ooo"]] == 0.25
    assert (shown[INDEX["head_x"]], shown[INDEX["mouth_raised_corner_left"]]) == (0.5, 1.0)
    assert tracked[INDEX["mouth_aaa"]] == 1.0


def test_an_expression_sets_what_it_names_and_leaves_the_rest() -> None:
    pose = changed(DEFAULT, {"head_x": 0.5, "mouth_raised_corner_left": 0.25})
    shown = layer({"mouth_raised_corner_left": 1.0}).over(pose)
    assert (shown[INDEX["head_x"]], shown[INDEX["mouth_raised_corner_left"]]) == (0.5, 1.0)
    assert CLEAR.over(pose) is pose


def test_lids_that_an_expression_closes_are_not_closed_twice_by_a_blink() -> None:
    blink = changed(DEFAULT, {"eye_wink_left": 1.0, "eye_wink_right": 1.0})
    shown = layer({"eye_happy_wink_left": 1.0}).over(blink)
    assert shown[INDEX["eye_wink_left"]] == shown[INDEX["eye_happy_wink_left"]] == 0.5
    assert shown[INDEX["eye_wink_right"]] == 1.0


def test_an_expression_that_names_no_parameter_of_ours_is_refused() -> None:
    with pytest.raises(PoseError, match="no pose parameter"):
        layer({"mouth_wagging": 1.0})


def test_a_fade_moves_evenly_and_a_new_one_begins_where_it_was() -> None:
    angry = layer({"eyebrow_angry_left": 1.0})
    fade = Fade().to(angry, 10.0, 2.0)
    brow = INDEX["eyebrow_angry_left"]
    assert [float(fade.at(t).over(DEFAULT)[brow]) for t in (10.0, 10.5, 12.0)] == [0.0, 0.25, 1.0]
    assert [fade.running(t) for t in (9.9, 10.0, 11.9, 12.0)] == [False, True, True, False]
    back = fade.to(CLEAR, 11.0, 1.0)
    assert [float(back.at(t).over(DEFAULT)[brow]) for t in (11.0, 11.5, 12.5)] == [0.5, 0.25, 0.0]


def test_a_fade_of_no_time_is_there_at_once() -> None:
    assert Fade().to(layer({"head_x": 1.0}), 5.0, 0.0).at(5.0).over(DEFAULT)[INDEX["head_x"]] == 1.0
