"""Clothes, hair and accessories: every choice draws, and draws its own."""

import itertools
from collections.abc import Callable
from typing import get_args

import pytest
import torch

from models.puppet.accessory import draw_accessory
from models.puppet.backhair import draw_back_hair
from models.puppet.clothes import draw_clothes
from models.puppet.description import Accessory, Back, Clothes, Description, Fringe, Hair, Kind, Style
from models.puppet.drawing import Drawing, Window, raster
from models.puppet.fringe import draw_fringe

WINDOW = Window(128, 24, 256, 488)


def pixels(step: Callable[[Drawing, Description], None], it: Description) -> torch.Tensor:
    drawing = Drawing()
    step(drawing, it)
    return raster(drawing, WINDOW)


CHOICES = {
    "clothes": (draw_clothes, [Description("A", clothes=Clothes(style=style)) for style in get_args(Style)]),
    "back": (draw_back_hair, [Description("A", hair=Hair(back=style)) for style in get_args(Back)]),
    "fringe": (draw_fringe, [Description("A", hair=Hair(fringe=style)) for style in get_args(Fringe)]),
    "accessory": (
        draw_accessory,
        [Description("A", accessory=Accessory(kind=one)) for one in get_args(Kind)],
    ),
}


@pytest.mark.parametrize("part", CHOICES)
def test_every_choice_draws_its_own(part: str) -> None:
    step, choices = CHOICES[part]
    drawn = [pixels(step, it) for it in choices]
    for one, other in itertools.combinations(drawn, 2):
        assert int(((one - other).abs().amax(0) > 0.2).sum()) > 400


def test_no_accessory_draws_nothing() -> None:
    assert float(pixels(draw_accessory, Description("A")).max()) == 0


def test_colours_are_those_of_the_description() -> None:
    red = pixels(
        draw_clothes, Description("A", clothes=Clothes(main="#c02020", second="#c02020", accent="#c02020"))
    )
    cloth = red[:, 2 * (330 - 24), 2 * 100 : 2 * 156]
    opaque = cloth[:, cloth[3] > 0.99]
    assert opaque.shape[1] > 20 and float(opaque[0].mean()) > 5 * float(opaque[2].mean())
