import numpy as np
import pytest
from PIL import Image, ImageDraw

from models.preparation.background import is_opaque, plain_colour, spread, without_background
from models.preparation.source import Pixels

RED = (200, 40, 40)


def disc(background: str = "#f0f0f0", hole: bool = False) -> tuple[Pixels, Pixels]:
    """A soft-edged red disc over a background, and its alpha."""
    big = Image.new("L", (400, 400))
    ImageDraw.Draw(big).ellipse((80, 80, 320, 320), fill=255)
    if hole:
        ImageDraw.Draw(big).ellipse((160, 160, 240, 240), fill=0)
    alpha = big.resize((100, 100), Image.Resampling.BOX)
    picture = Image.new("RGB", (100, 100), background)
    picture.paste(Image.new("RGB", (100, 100), RED), mask=alpha)
    return np.array(picture.convert("RGBA")), np.array(alpha)


def test_a_plain_background_is_known_by_the_border() -> None:
    pixels, _ = disc()
    assert plain_colour(pixels) == (240, 240, 240)
    noise = np.random.default_rng(0).integers(0, 256, pixels.shape, dtype=np.uint8)
    assert plain_colour(noise) is None


def test_a_figure_that_leaves_the_picture_below_does_not_spoil_it() -> None:
    pixels, _ = disc()
    pixels[-20:] = (*RED, 255)
    assert plain_colour(pixels) == (240, 240, 240)


def test_soft_edges_come_back_as_they_were_drawn() -> None:
    pixels, alpha = disc()
    cut, enclosed = without_background(pixels, (240, 240, 240))
    assert enclosed == 0.0
    assert np.abs(cut[..., 3].astype(int) - alpha).max() <= 32
    assert np.abs(cut[..., 3].astype(int) - alpha).mean() < 1
    seen = cut[..., 3] > 0
    assert np.abs(cut[seen][:, :3].astype(int) - RED).max() <= 2, "no fringe of the background's colour"


def test_what_the_figure_encloses_stays_and_is_told() -> None:
    pixels, _ = disc(hole=True)
    cut, enclosed = without_background(pixels, (240, 240, 240))
    assert cut[50, 50].tolist() == [240, 240, 240, 255]
    assert enclosed == pytest.approx(np.pi * 10**2 / 100**2, rel=0.15)


def test_a_picture_of_background_only_becomes_transparent() -> None:
    cut, _ = without_background(np.full((40, 40, 4), 255, np.uint8), (255, 255, 255))
    assert not cut.any()


def test_opaque_is_what_has_no_transparent_parts() -> None:
    pixels, alpha = disc()
    assert is_opaque(pixels)
    assert not is_opaque(np.dstack([pixels[..., :3], alpha]))


def test_colour_spreads_under_what_is_transparent() -> None:
    pixels = np.zeros((8, 8, 4), np.uint8)
    pixels[3:5, 3:5] = (*RED, 255)
    wide = spread(pixels)
    assert (wide[..., :3] == RED).all()
    assert np.array_equal(wide[..., 3], pixels[..., 3])
    assert not spread(np.zeros((4, 4, 4), np.uint8)).any()
