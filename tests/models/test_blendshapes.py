import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from models.blendshapes import Neutral, head_angles, to_pose
from models.measures import BLENDSHAPES, Profile, Ramp
from models.pose import INDEX, MAXIMUM, MINIMUM, PoseError, as_map


def posed(
    values: Mapping[str, float] | None = None, head: tuple[float, float, float] | None = None, **options: Any
) -> dict[str, Any]:
    """The parameters that are not 0, by name."""
    pose = to_pose(values or {}, head, **options)
    return {name: pytest.approx(value, abs=1e-6) for name, value in as_map(pose).items() if value}


def both(name: str, value: float) -> dict[str, float]:
    return {f"{name}Left": value, f"{name}Right": value}


def test_an_empty_face_is_the_rest_pose() -> None:
    pose = to_pose({}, (0.0, 0.0, 0.0))
    assert pose.dtype == np.float32
    assert pose.shape == (45,)
    assert not pose.any()
    assert not np.signbit(pose).any()


def test_unknown_names_are_ignored_whatever_they_hold() -> None:
    assert posed({"_neutral": 1.0, "wagTail": math.nan}) == {}


def test_values_outside_zero_to_one_are_clamped() -> None:
    assert posed({"jawOpen": 7.0, **both("eyeBlink", -3.0)}) == {"mouth_aaa": 1.0}


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_not_finite_is_refused_in_one_sentence(value: float) -> None:
    with pytest.raises(PoseError, match=r"^The blendshape jawOpen is not a finite number\.$"):
        to_pose({"jawOpen": value}, None)
    with pytest.raises(ValueError, match=r"^The head must be three finite angles"):
        to_pose({}, (0.0, value, 0.0))
    with pytest.raises(PoseError):
        Neutral(face={"jawOpen": value})
    with pytest.raises(PoseError):
        Neutral(head=(value, 0.0, 0.0))


def test_any_face_whatever_stays_within_range_and_vowels_share_one() -> None:
    random = np.random.default_rng(7)
    vowels = [INDEX[f"mouth_{vowel}"] for vowel in ("aaa", "iii", "uuu", "eee", "ooo")]
    for _ in range(500):
        face = dict(zip(BLENDSHAPES, random.uniform(-0.2, 1.2, 52).tolist(), strict=True))
        pitch, yaw, roll = random.uniform(-180, 180, 3).tolist()
        rest = Neutral((20.0, -170.0, 5.0), {name: 1.0 - value for name, value in face.items()})
        pose = to_pose(face, (pitch, yaw, roll), neutral=rest, mirror=bool(random.integers(2)))
        assert (pose >= MINIMUM).all()
        assert (pose <= MAXIMUM).all()
        assert pose[vowels].sum() <= 1 + 1e-6


def test_the_left_eye_of_the_person_closes_the_characters_own_left_eye() -> None:
    assert posed({"eyeBlinkLeft": 0.9}) == {"eye_wink_left": 1.0}
    assert posed({"eyeBlinkRight": 0.9}) == {"eye_wink_right": 1.0}


def test_eyes_that_differ_a_little_close_alike() -> None:
    pose = posed({"eyeBlinkLeft": 0.45, "eyeBlinkRight": 0.37})
    assert pose == {"eye_wink_left": 0.16 / 0.3, "eye_wink_right": 0.16 / 0.3}


def test_a_restless_open_eye_stays_open() -> None:
    assert posed(both("eyeBlink", 0.2)) == {}


def test_eyes_closed_in_a_smile_close_happily() -> None:
    pose = posed({**both("eyeBlink", 0.8), **both("mouthSmile", 0.9)})
    assert pose["eye_happy_wink_left"] == pose["eye_happy_wink_right"] == 1.0
    assert "eye_wink_left" not in pose


def test_wide_eyes_are_surprised_unless_they_are_closed() -> None:
    assert posed({"eyeWideRight": 0.5}) == {"eye_surprised_right": 1.0}
    assert "eye_surprised_left" not in posed({**both("eyeWide", 0.5), **both("eyeBlink", 1.0)})


@pytest.mark.parametrize("shape", ["raised_lower_eyelid", "relaxed", "unimpressed"])
def test_a_squint_is_drawn_as_the_profile_chooses(shape: Any) -> None:
    assert posed({"eyeSquintLeft": 1.0}, profile=Profile(squint_as=shape)) == {f"eye_{shape}_left": 1.0}


def test_raised_brows_need_the_whole_brow_and_the_inner_end_alone_is_trouble() -> None:
    assert posed({"browInnerUp": 0.9, **both("browOuterUp", 0.9)}) == {
        "eyebrow_raised_left": 1.0,
        "eyebrow_raised_right": 1.0,
    }
    troubled = posed({"browInnerUp": 0.6})
    assert troubled["eyebrow_troubled_left"] == troubled["eyebrow_troubled_right"] == 1.0
    assert troubled["eyebrow_raised_left"] == 0.25


@pytest.mark.parametrize("shape", ["angry", "troubled", "lowered", "serious"])
def test_a_lowered_brow_is_drawn_as_the_profile_chooses(shape: Any) -> None:
    assert posed({"browDownLeft": 0.8}, profile=Profile(brow_down_as=shape)) == {f"eyebrow_{shape}_left": 1.0}


@pytest.mark.parametrize(
    ("face", "parameter", "sign"),
    [
        (both("eyeLookUp", 0.9), "iris_rotation_x", 1),
        (both("eyeLookDown", 0.9), "iris_rotation_x", -1),
        ({"eyeLookOutLeft": 0.9, "eyeLookInRight": 0.9}, "iris_rotation_y", -1),
        ({"eyeLookInLeft": 0.9, "eyeLookOutRight": 0.9}, "iris_rotation_y", 1),
    ],
)
def test_both_eyes_look_where_the_person_looks(face: dict[str, float], parameter: str, sign: int) -> None:
    assert posed(face) == {parameter: sign}


def test_eyes_that_squint_inwards_look_ahead_on_average() -> None:
    assert posed(both("eyeLookIn", 0.8)) == {}


@pytest.mark.parametrize(
    ("face", "vowel"),
    [
        ({"jawOpen": 0.7}, "aaa"),
        (both("mouthStretch", 0.9), "iii"),
        ({"mouthPucker": 0.9}, "uuu"),
        ({"jawOpen": 0.7, **both("mouthStretch", 0.5), **both("mouthLowerDown", 0.5)}, "eee"),
        ({"jawOpen": 0.7, "mouthFunnel": 0.9}, "ooo"),
    ],
)
def test_each_vowel_is_reached_alone(face: dict[str, float], vowel: str) -> None:
    assert posed(face) == {f"mouth_{vowel}": 1.0}


def test_a_mouth_between_the_vowels_is_mixed_so_that_opening_and_width_are_kept() -> None:
    profile = Profile(mouth_open=Ramp(0, 1), mouth_wide=Ramp(0, 1))
    pose = posed({"jawOpen": 0.5, **both("mouthStretch", 0.25)}, profile=profile)
    assert pose == {"mouth_aaa": 0.375, "mouth_iii": 0.125, "mouth_eee": 0.125}


def test_a_jaw_that_drops_behind_closed_lips_leaves_the_mouth_closed() -> None:
    assert posed({"jawOpen": 0.5, "mouthClose": 0.5}) == {}


def test_corners_of_the_mouth_go_their_own_ways() -> None:
    assert posed({"mouthSmileLeft": 0.9, "mouthFrownRight": 0.6}) == {
        "mouth_raised_corner_left": 1.0,
        "mouth_lowered_corner_right": 1.0,
    }


def test_a_corner_that_smiles_does_not_droop() -> None:
    assert posed({"mouthSmileLeft": 0.9, "mouthFrownLeft": 0.9}) == {"mouth_raised_corner_left": 1.0}


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ((9.0, 0.0, 0.0), {"head_x": -0.5}),
        ((0.0, 5.0, 0.0), {"head_y": -0.25}),
        ((0.0, -45.0, 0.0), {"head_y": 1.0, "body_y": 1.0}),
        ((0.0, 27.5, 0.0), {"head_y": -1.0, "body_y": -0.5}),
        ((0.0, 0.0, 4.5), {"neck_z": 0.25}),
        ((0.0, 0.0, -35.0), {"neck_z": -1.0, "body_z": -1.0}),
    ],
)
def test_the_head_turns_with_the_person_and_the_body_joins_in_large_turns(
    head: Any, expected: dict[str, float]
) -> None:
    assert posed(head=head) == expected


def test_no_head_leaves_head_and_body_at_rest() -> None:
    assert posed({"jawOpen": 1.0}, None, neutral=Neutral((30.0, 30.0, 30.0))) == {"mouth_aaa": 1.0}


def test_the_neutral_head_is_subtracted_the_short_way_round() -> None:
    rest = Neutral(head=(9.0, 178.0, 0.0))
    assert posed(head=(9.0, 178.0, 0.0), neutral=rest) == {}
    assert posed(head=(0.0, -177.0, 0.0), neutral=rest) == {"head_x": 0.5, "head_y": -0.25}


def test_the_neutral_face_is_rest_and_a_full_expression_stays_full() -> None:
    rest = Neutral(face={"jawOpen": 0.25, **both("eyeLookDown", 0.4), **both("eyeBlink", 0.28)})
    assert posed(rest.face, neutral=rest) == {}
    assert posed({"jawOpen": 1.0, **both("eyeLookDown", 0.4)}, neutral=rest) == {"mouth_aaa": 1.0}
    assert posed({}, neutral=rest) == {"iris_rotation_x": (0.4 - 0.05) / 0.75}


def test_a_calibration_with_closed_eyes_lets_them_close_and_open_all_the_same() -> None:
    asleep = Neutral(face=both("eyeBlink", 1.0))
    assert posed(both("eyeBlink", 0.7), neutral=asleep)["eye_wink_left"] == 1.0
    assert posed(both("eyeBlink", 0.1), neutral=asleep) == {}


def test_a_mirror_swaps_sides_yaw_roll_and_the_side_of_the_gaze_and_nothing_else() -> None:
    face = {"eyeBlinkLeft": 0.9, "mouthSmileRight": 0.3, "eyeLookInLeft": 0.6, **both("eyeLookUp", 0.4)}
    plain = as_map(to_pose(face, (5.0, 30.0, -20.0)))
    mirrored = as_map(to_pose(face, (5.0, 30.0, -20.0), mirror=True))
    assert mirrored["eye_wink_right"] == plain["eye_wink_left"] == 1.0
    assert mirrored["mouth_raised_corner_left"] == plain["mouth_raised_corner_right"] > 0
    for sideways in ("iris_rotation_y", "head_y", "neck_z", "body_y", "body_z"):
        assert mirrored[sideways] == -plain[sideways] != 0
    for upright in ("iris_rotation_x", "head_x"):
        assert mirrored[upright] == plain[upright] != 0


def test_a_profile_cannot_be_changed_and_a_limit_of_zero_switches_a_parameter_off() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Profile().blink = Ramp(0, 1)  # type: ignore[misc]
    still = dataclasses.replace(Profile(), body_yaw=Ramp(10, 45, 0.0))
    assert posed(head=(0.0, 40.0, 0.0), profile=still) == {"head_y": -1.0}


def rotation(axis: int, degrees: float) -> NDArray[np.float64]:
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    a, b = [(1, 2), (2, 0), (0, 1)][axis]
    matrix = np.eye(4)
    matrix[a, a] = matrix[b, b] = c
    matrix[a, b], matrix[b, a] = -s, s
    return matrix


def test_head_angles_undo_yaw_then_pitch_then_roll() -> None:
    matrix = rotation(1, -40) @ rotation(0, 25) @ rotation(2, 10)
    assert head_angles(matrix) == pytest.approx((25, -40, 10))
    assert head_angles(matrix[:3, :3].tolist()) == pytest.approx((25, -40, 10))


def test_a_nose_that_points_at_the_pictures_right_is_a_turn_to_the_persons_own_left() -> None:
    nose = rotation(1, 30)[:3, :3] @ np.array([0, 0, 1])
    assert nose[0] > 0
    assert head_angles(rotation(1, 30)) == pytest.approx((0, 30, 0))
