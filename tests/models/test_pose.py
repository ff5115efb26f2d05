"""The pose table, and the ways in and out of it."""

import math

import numpy as np
import pytest

from models.pose import (
    COUNT,
    DEFAULT,
    INDEX,
    MAXIMUM,
    MINIMUM,
    NAMES,
    PARAMETERS,
    PoseError,
    as_map,
    changed,
    from_bytes,
    from_values,
)


def test_the_table_has_45_distinct_names_in_order() -> None:
    assert COUNT == len(set(NAMES)) == 45
    assert [parameter.index for parameter in PARAMETERS] == list(range(45))


def test_only_rotations_reach_below_zero() -> None:
    below = [name for name, low in zip(NAMES, MINIMUM, strict=True) if low < 0]
    assert below == ["iris_rotation_x", "iris_rotation_y", "head_x", "head_y", "neck_z", "body_y", "body_z"]
    assert (MAXIMUM == 1).all()


def test_the_rest_pose_is_all_zero_and_cannot_be_written() -> None:
    assert not DEFAULT.any()
    with pytest.raises(ValueError, match="read-only"):
        DEFAULT[0] = 1


def test_values_are_clamped_to_each_range() -> None:
    pose = from_values([-2.0] * 45)
    assert pose.dtype == np.float32
    np.testing.assert_array_equal(pose, MINIMUM)
    np.testing.assert_array_equal(from_values([1e300] * 45), MAXIMUM)


def test_values_in_range_are_kept() -> None:
    values = np.linspace(0, 1, 45)
    np.testing.assert_allclose(from_values(values.tolist()), values, rtol=1e-6)
    np.testing.assert_array_equal(from_values([0] * 45), DEFAULT)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([0.0] * 44, "not 44"),
        ([[0.0] * 45], r"shape \(1, 45\)"),
        ([0.0] * 44 + [math.nan], "value 44 is not a finite"),
        ([math.inf] + [0.0] * 44, "value 0 is not a finite"),
        (["0"] * 45, "not a number"),
        ([True] * 45, "not a number"),
        ([10**400] * 45, "not a number"),
        ([[1.0], 2.0], "must be 45 numbers"),
    ],
)
def test_values_that_are_no_pose_are_refused(values: list[float], reason: str) -> None:
    with pytest.raises(PoseError, match=reason):
        from_values(values)


def test_bytes_are_little_endian_float32() -> None:
    values = np.linspace(0, 0.5, 45, dtype=np.float32)
    np.testing.assert_array_equal(from_bytes(values.astype("<f4").tobytes()), values)


def test_a_pose_from_bytes_can_be_written() -> None:
    from_bytes(bytes(180))[0] = 1


@pytest.mark.parametrize("length", [0, 179, 181, 360])
def test_bytes_of_another_length_are_refused(length: int) -> None:
    with pytest.raises(PoseError, match=f"180 bytes .*not {length}"):
        from_bytes(bytes(length))


def test_bytes_with_a_nan_are_refused() -> None:
    with pytest.raises(PoseError, match="value 0 is not"):
        from_bytes(np.full(45, np.nan, "<f4").tobytes())


def test_a_sparse_change_leaves_the_rest_and_the_last_pose_alone() -> None:
    last = changed(DEFAULT, {"mouth_aaa": 0.5})
    new = changed(last, {"head_x": -3, "breathing": 0.25})
    assert new[INDEX["head_x"]] == -1
    assert new[INDEX["breathing"]] == 0.25
    assert new[INDEX["mouth_aaa"]] == 0.5
    assert not last[INDEX["head_x"]]
    assert np.count_nonzero(new) == 3


def test_an_unknown_name_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(PoseError, match=r"'mouth_aa'; did you mean mouth_aaa\?"):
        changed(DEFAULT, {"mouth_aa": 1})
    with pytest.raises(PoseError, match=r"'zzz'\.$"):
        changed(DEFAULT, {"zzz": 1})


@pytest.mark.parametrize("value", [math.nan, -math.inf, True, "1", None])
def test_a_changed_value_must_be_a_finite_number(value: float) -> None:
    with pytest.raises(PoseError, match="head_x is not a finite number"):
        changed(DEFAULT, {"head_x": value})


def test_a_map_of_a_pose_gives_it_back() -> None:
    pose = from_values(np.linspace(-1, 1, 45))
    assert list(as_map(pose)) == list(NAMES)
    np.testing.assert_array_equal(changed(DEFAULT, as_map(pose)), pose)
