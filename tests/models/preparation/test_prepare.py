import numpy as np
import pytest
from PIL import Image

from models.pictures import PictureError, to_display
from models.preparation.figure import Head
from models.preparation.prepare import HEAD, UNSEEN, prepare
from models.preparation.source import Pixels
from models.puppet.description import find_description, read_description
from models.puppet.puppet import Puppet


@pytest.fixture(scope="module")
def figure() -> Pixels:
    """A picture that meets the constraints."""
    picture = Puppet(read_description(find_description("tsubaki"))).picture
    return to_display(picture[None])[0].numpy()


def seen(pixels: Pixels, other: Pixels) -> float:
    """The mean difference of two pictures over grey, in 8-bit steps."""
    one, two = (p[..., :3] * (p[..., 3:] / 255) + 128 * (1 - p[..., 3:] / 255) for p in (pixels, other))
    return float(np.abs(one - two).mean())


def test_a_picture_that_is_right_stays_as_it_is(figure: Pixels) -> None:
    prepared = prepare(figure, HEAD)
    assert seen(prepared.pixels, figure) < 0.05
    assert prepared.done == ("The head is where it belongs already.",)
    assert prepared.wrong == (UNSEEN,)


def test_a_larger_drawing_elsewhere_comes_to_its_place(figure: Pixels) -> None:
    drawing = np.zeros((1400, 1600, 4), np.uint8)
    drawing[300:1324, 500:1524] = np.array(Image.fromarray(figure).resize((1024, 1024)))
    prepared = prepare(drawing, Head(500 + 512, 300 + 256, 256))
    assert seen(prepared.pixels, figure) < 1.5
    assert any("scaled to 50%" in sentence for sentence in prepared.done)


def test_beyond_the_drawings_edge_all_is_transparent(figure: Pixels) -> None:
    prepared = prepare(figure[30:, 180:], Head(76, 98, 128))
    assert not prepared.pixels[:, :170, 3].any()
    assert seen(prepared.pixels[40:, 200:], figure[40:, 200:]) < 0.1
    assert prepared.wrong[0] == "The figure is cut off at the left of the drawing."


def test_a_plain_background_is_removed_on_request(figure: Pixels) -> None:
    alpha = figure[..., 3:] / 255
    paper = np.dstack([figure[..., :3] * alpha + (0, 160, 60) * (1 - alpha), np.full((512, 512), 255.0)])
    drawing = np.rint(paper).astype(np.uint8)
    kept = prepare(drawing, HEAD)
    assert any("no transparent background" in sentence for sentence in kept.wrong)
    prepared = prepare(drawing, HEAD, remove_background=True)
    assert "The background, #00a03c, was made transparent." in prepared.done
    assert np.abs(prepared.pixels[..., 3].astype(int) - figure[..., 3]).mean() < 4
    assert prepared.pixels[100, 10, 3] == 0


def test_a_lively_background_is_left_to_a_person(figure: Pixels) -> None:
    noise = np.random.default_rng(0).integers(0, 256, figure.shape, dtype=np.uint8)
    noise[..., 3] = 255
    prepared = prepare(noise, HEAD, remove_background=True)
    assert any("not of one colour" in sentence for sentence in prepared.wrong)


def test_what_is_wrong_is_said(figure: Pixels) -> None:
    two = np.zeros((512, 1100, 4), np.uint8)
    two[:, :512], two[:, 588:] = figure, figure
    prepared = prepare(two, HEAD)
    assert any("2 separate figures" in sentence for sentence in prepared.wrong)
    assert any("does not fit" in sentence for sentence in prepared.wrong)
    short = figure.copy()
    short[300:] = 0
    assert any("hover" in sentence for sentence in prepare(short, HEAD).wrong)
    tiny = np.array(Image.fromarray(figure).resize((128, 128)))
    assert any("only 32 pixels" in sentence for sentence in prepare(tiny, Head(64, 32, 32)).wrong)


def test_a_guess_is_called_a_guess(figure: Pixels) -> None:
    assert prepare(figure).done[0].startswith("The head was guessed from the outline")


@pytest.mark.parametrize("head", [Head(-1, 10, 64), Head(10, 10, 2), Head(10, 600, 64), Head(10, 10, 5000)])
def test_a_head_that_is_not_in_the_picture_is_refused(figure: Pixels, head: Head) -> None:
    with pytest.raises(PictureError, match="The head must be"):
        prepare(figure, head)


def test_an_empty_picture_is_refused() -> None:
    with pytest.raises(PictureError, match="nothing to be seen"):
        prepare(np.zeros((64, 64, 4), np.uint8))
