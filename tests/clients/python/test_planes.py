import numpy as np
import pytest

from bunraku_client.planes import to_rgba


def flat(luma: list[int], blue: int, red: int) -> np.ndarray:
    """Two by two pixels for each luma, one above the other."""
    rows = 2 * len(luma)
    planes = np.empty((rows * 3 // 2, 2), np.uint8)
    planes[:rows] = np.repeat(luma, 2)[:, None]
    chroma = planes[rows:].reshape(2, len(luma), 1)
    chroma[0], chroma[1] = blue, red
    return planes


@pytest.mark.parametrize(
    ("planes", "colour"),
    [
        (flat([0], 128, 128), (0, 0, 0, 255)),
        (flat([255], 128, 128), (255, 255, 255, 255)),
        (flat([54], 99, 255), (254, 0, 0, 255)),
        (flat([18], 255, 116), (0, 0, 254, 255)),
    ],
)
def test_full_range_values_of_the_standard_are_the_primaries(
    planes: np.ndarray, colour: tuple[int, int, int, int]
) -> None:
    rgba = to_rgba(planes, stacked=False)
    assert rgba.shape == (2, 2, 4)
    assert rgba.dtype == np.uint8
    assert rgba[0, 0].tolist() == pytest.approx(colour, abs=1)


def test_stacked_colour_is_divided_by_the_alpha_below() -> None:
    rgba = to_rgba(flat([100, 128], 128, 128), stacked=True)
    assert rgba.shape == (2, 2, 4)
    assert rgba[0, 0].tolist() == [199, 199, 199, 128]


def test_nothing_has_no_colour_and_no_colour_passes_its_alpha() -> None:
    assert not to_rgba(flat([90, 0], 128, 128), stacked=True).any()
    assert to_rgba(flat([90, 60], 128, 128), stacked=True)[0, 0].tolist() == [255, 255, 255, 60]
