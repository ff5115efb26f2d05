"""The head without its organs."""

import numpy as np
import pytest

from models.puppet.curves import both
from models.puppet.description import Description, Face
from models.puppet.drawing import Drawing, Window, raster
from models.puppet.head import chin_drop, draw_head, draw_neck, outline

WINDOW = Window(192, 64, 128, 144)


@pytest.mark.parametrize("skin", ["#000000", "#777777", "#ffffff", "#c98d68"])
def test_any_skin_can_be_drawn_in_its_colour(skin: str) -> None:
    drawing = Drawing()
    draw_head(drawing, Description("A", face=Face(skin=skin)), "M0,0Z")
    forehead = raster(drawing, WINDOW)[:, 2 * (100 - 64), 2 * 64]
    share = int(skin[1:3], 16) / 255
    light = share / 12.92 if share < 0.04 else ((share + 0.055) / 1.055) ** 2.4
    assert forehead[3] == 1 and float(forehead[0]) == pytest.approx(light, abs=0.01)


def test_the_fringe_shades_the_face_where_it_is_cast() -> None:
    bare, shaded = Drawing(), Drawing()
    draw_head(bare, Description("A"), "M0,0Z")
    draw_head(shaded, Description("A"), "M-60,60L60,60L60,120L-60,120Z")
    change = (raster(bare, WINDOW) - raster(shaded, WINDOW)).abs().amax(0)
    assert float(change[2 * (110 - 64), 2 * 64]) > 0.1
    assert float(change[2 * (124 - 64) :].max()) < 0.01


def test_the_face_is_even_and_as_long_and_wide_as_it_is_told() -> None:
    edge = np.array(both(outline(Face(width=1.1, chin=1.1))))
    common = np.array(both(outline(Face())))
    assert edge[:, 0] == pytest.approx(-edge[::-1, 0])
    assert edge[:, 0].max() == pytest.approx(1.1 * common[:, 0].max())
    assert edge[:, 1].max() == pytest.approx(common[:, 1].max() + chin_drop(Face(chin=1.1)))


def test_the_neck_lies_under_the_chin() -> None:
    drawing = Drawing()
    draw_neck(drawing, Description("A"))
    alpha = raster(drawing, Window(192, 144, 128, 136))[3]
    assert float(alpha[2 * (190 - 144) :, 2 * 56 : 2 * 72][:40].min()) == 1
    assert float(alpha[:40].max()) == 0
