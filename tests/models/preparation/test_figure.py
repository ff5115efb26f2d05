import numpy as np
import pytest

from models.pictures import to_display
from models.preparation.figure import Figure, find_figure, guess_head
from models.puppet.description import find_description, read_description, shipped_names
from models.puppet.puppet import Puppet


def test_the_box_holds_what_is_seen() -> None:
    pixels = np.zeros((100, 80, 4), np.uint8)
    pixels[10:60, 20:50, 3] = 255
    pixels[90, 70, 3] = 100
    assert find_figure(pixels) == Figure((20, 10, 50, 60), 1)
    assert find_figure(np.zeros((9, 9, 4), np.uint8)) is None


def test_pieces_count_when_they_are_large() -> None:
    pixels = np.zeros((100, 100, 4), np.uint8)
    pixels[10:90, 10:40, 3] = pixels[10:90, 60:90, 3] = pixels[2:5, 2:5, 3] = 255
    found = find_figure(pixels)
    assert found is not None and found.pieces == 2


@pytest.mark.parametrize("name", shipped_names())
def test_the_head_of_a_half_figure_is_guessed_about_right(name: str) -> None:
    pixels = to_display(Puppet(read_description(find_description(name))).picture[None])[0].numpy()
    figure = find_figure(pixels)
    assert figure is not None
    head = guess_head(pixels, figure)
    assert head.x == pytest.approx(256, abs=6)
    assert head.y == pytest.approx(128, abs=22)
    assert head.size == pytest.approx(128, rel=0.15)
