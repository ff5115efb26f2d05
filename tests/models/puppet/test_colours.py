"""Colours mixed so that steps look even."""

import pytest

from models.puppet.colours import chroma, darker, lighter, mix, of_hue, vivid, warmth


def test_mixing_begins_and_ends_with_the_colours_themselves() -> None:
    for colour in ("#000000", "#ffffff", "#d8304c", "#12ab7f"):
        assert mix(colour, "#3040a0", 0) == colour
        assert mix("#3040a0", colour, 1) == colour


def test_half_way_from_black_to_white_is_the_even_grey_of_oklab() -> None:
    assert mix("#000000", "#ffffff", 0.5) == "#636363"


def test_darker_and_lighter_go_down_and_up() -> None:
    grey = "#808080"
    assert int(darker(grey, 0.3)[3:5], 16) < 0x80 < int(lighter(grey, 0.3)[3:5], 16)


def test_chroma_is_scaled_by_vivid() -> None:
    assert chroma("#777777") == pytest.approx(0, abs=1e-4)
    assert chroma(vivid("#806070", 0.5)) == pytest.approx(chroma("#806070") / 2, abs=2e-3)


def test_red_is_warm_and_blue_and_green_are_not() -> None:
    assert warmth("#c03030") > 0.9 > 0.2 > max(warmth("#3060c0"), warmth("#208070"))


def test_a_colour_made_by_hue_has_that_chroma() -> None:
    assert chroma(of_hue(30, 0.6, 0.08)) == pytest.approx(0.08, abs=3e-3)
