import numpy as np
import pytest

from bunraku_client.errors import InvalidInputError
from bunraku_client.pose import checked


def test_an_array_becomes_float32() -> None:
    pose = checked(np.full(45, 0.25, dtype=np.float64))
    assert isinstance(pose, np.ndarray)
    assert pose.dtype == np.float32
    assert pose.tolist() == [0.25] * 45


def test_a_list_stays_a_list_and_a_map_a_map() -> None:
    assert checked([0] * 45) == [0.0] * 45
    assert checked({"head_x": np.float64(0.5)}) == {"head_x": 0.5}


@pytest.mark.parametrize("count", [0, 44, 46])
def test_another_count_is_refused(count: int) -> None:
    with pytest.raises(InvalidInputError, match=rf"not an array of shape \({count},\)"):
        checked([0.0] * count)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_numbers_that_are_not_finite_are_refused(bad: float) -> None:
    with pytest.raises(InvalidInputError, match="finite"):
        checked([bad] + [0.0] * 44)
    with pytest.raises(InvalidInputError, match="'head_x' is not a finite number"):
        checked({"head_x": bad})


def test_words_are_no_numbers() -> None:
    with pytest.raises(InvalidInputError, match="'head_x' is not a number"):
        checked({"head_x": "left"})  # type: ignore[dict-item]
    with pytest.raises(InvalidInputError):
        checked("pose")  # type: ignore[arg-type]
