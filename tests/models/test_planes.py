"""What goes to the video coder comes back by the standard's own formulas."""

import numpy as np
import pytest
import torch

from models.pictures import to_display, to_network
from models.planes import to_planes

CORAL = (240, 96, 64)


def smooth(alpha: bool = True) -> torch.Tensor:
    """Colours change slowly, so that halved chroma loses little: network space (1, 4, 64, 96)."""
    y, x = np.mgrid[0:64, 0:96]
    opacity = np.clip(3 * x - 20, 0, 255) if alpha else np.full_like(x, 255)
    pixels = np.stack([100 + x, 90 + y, 200 - x, opacity], axis=2).astype(np.uint8)
    return to_network(pixels)[None]


def flat(*rgba: int) -> torch.Tensor:
    return to_network(np.full((4, 6, 4), rgba, np.uint8))[None]


def split(planes: torch.Tensor, height: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Luma (height, w), Cb and Cr (height / 2, w / 2) of one picture."""
    width = planes.shape[-1]
    data = planes[0].numpy().ravel()
    luma, quarter = data[: height * width], height * width // 4
    blue, red = data[height * width :][:quarter], data[height * width + quarter :]
    halves = (height // 2, width // 2)
    return luma.reshape(height, width), blue.reshape(halves), red.reshape(halves)


def rgb_of(planes: torch.Tensor, height: int) -> np.ndarray:
    """The inverse as H.273 has it, in floats: (height, w, 3) in 0..255."""
    luma, blue, red = (plane.astype(np.float64) for plane in split(planes, height))
    r = luma + 1.5748 * np.kron(red - 128, np.ones((2, 2)))
    b = luma + 1.8556 * np.kron(blue - 128, np.ones((2, 2)))
    g = (luma - 0.2126 * r - 0.0722 * b) / 0.7152
    return np.asarray(np.clip(np.stack([r, g, b], axis=2), 0, 255))


def test_an_opaque_picture_comes_back_within_two_levels() -> None:
    frames = smooth(alpha=False)
    planes = to_planes(frames, (0, 0, 0))
    assert (planes.dtype, planes.shape) == (torch.uint8, (1, 96, 96))
    difference = np.rint(rgb_of(planes, 64)) - to_display(frames)[0, ..., :3].numpy()
    assert np.abs(difference).max() <= 2
    assert np.abs(difference).mean() < 1


@pytest.mark.parametrize(
    ("colour", "expected"),
    [
        ((0, 0, 0), (0, 128, 128)),
        ((255, 255, 255), (255, 128, 128)),
        ((255, 0, 0), (54, 99, 255)),
        ((0, 255, 0), (182, 30, 12)),
        ((0, 0, 255), (18, 255, 116)),
    ],
)
def test_primaries_have_the_full_range_values_of_the_standard(
    colour: tuple[int, int, int], expected: tuple[int, int, int]
) -> None:
    planes = split(to_planes(flat(*colour, 255), (0, 0, 0)), 4)
    assert tuple(int(plane[0, 0]) for plane in planes) == expected
    assert all(np.ptp(plane) == 0 for plane in planes)


def test_a_picture_lies_over_its_background_in_linear_light_and_over_white_by_itself() -> None:
    frames = smooth()
    for background, shown in ((CORAL, CORAL), (None, (255, 255, 255))):
        expected = to_display(frames, shown)[0, ..., :3].numpy()
        assert np.abs(rgb_of(to_planes(frames, background), 64) - expected).mean() < 1


def test_stacked_alpha_is_exact_and_has_no_colour() -> None:
    frames = smooth()
    planes = to_planes(frames, stacked=True)
    assert planes.shape == (1, 192, 96)
    luma, blue, red = split(planes, 128)
    np.testing.assert_array_equal(luma[64:], to_display(frames)[0, ..., 3].numpy())
    assert (blue[32:] == 128).all()
    assert (red[32:] == 128).all()


def test_stacked_colour_is_multiplied_by_alpha_as_it_is_displayed() -> None:
    frames = smooth()
    shown = to_display(frames)[0].numpy().astype(np.float64)
    expected = shown[..., :3] * shown[..., 3:] / 255
    colour = rgb_of(to_planes(frames, stacked=True), 128)[:64]
    assert np.abs(colour - expected).mean() < 1
    assert np.abs(colour - expected)[:, 12:].max() <= 4  # where alpha begins, chroma is a mean over the edge
    luma, blue, red = split(to_planes(flat(200, 100, 40, 128), stacked=True), 8)
    assert (luma[0, 0], blue[0, 0], red[0, 0]) == (59, 107, 154)  # of (100.4, 50.2, 20.1)


def test_stacked_over_a_background_is_opaque() -> None:
    luma, *_ = split(to_planes(smooth(), CORAL, stacked=True), 128)
    assert (luma[64:] == 255).all()
    below = to_planes(smooth(), CORAL)
    np.testing.assert_array_equal(luma[:64], split(below, 64)[0])


def test_chroma_is_the_mean_of_four_pixels() -> None:
    pixels = np.zeros((2, 4, 4), np.uint8)
    pixels[..., 3] = 255
    pixels[0, 0, :3] = (0, 0, 255)
    _, blue, red = split(to_planes(to_network(pixels)[None], (0, 0, 0)), 2)
    assert (blue.tolist(), red.tolist()) == ([[160, 128]], [[125, 128]])


def test_every_even_size_is_packed_and_a_batch_keeps_its_order() -> None:
    pixels = np.zeros((2, 34, 6, 4), np.uint8)
    pixels[1] = 255
    frames = torch.stack([to_network(one) for one in pixels])
    planes = to_planes(frames, (0, 0, 0))
    assert planes.shape == (2, 51, 6)
    assert (int(planes[0, 0, 0]), int(planes[1, 0, 0])) == (0, 255)
    assert to_planes(frames, stacked=True).shape == (2, 102, 6)


def test_the_frames_given_are_left_as_they_were() -> None:
    frames = smooth()
    before = frames.clone()
    to_planes(frames, stacked=True)
    assert torch.equal(frames, before)
