"""Layers, at rest and moved."""

import torch

from models.puppet.drawing import SCALE, Window
from models.puppet.layers import Layer, lay
from models.puppet.rig import move_body

WINDOW = Window(128, 176, 64, 400)


def speckled() -> Layer:
    rough = torch.Generator().manual_seed(0)
    pixels = torch.rand(4, WINDOW.height * SCALE, WINDOW.width * SCALE, generator=rough)
    return Layer(pixels, WINDOW, move_body)


def test_at_rest_a_pixel_is_the_mean_of_its_four() -> None:
    layer = speckled()
    assert layer.at_rest.shape == (4, 512 - 176, 64)
    assert torch.allclose(layer.at_rest[:, 0, 0], layer.pixels[:, :2, :2].mean((1, 2)))
    assert torch.allclose(layer.at_rest[:, 335, 63], layer.pixels[:, 670:672, 126:128].mean((1, 2)))


def test_its_place_is_the_windows_cut_at_the_pictures_lower_edge() -> None:
    picture = torch.zeros(4, 512, 512)
    picture[speckled().place] = 1
    assert float(picture[:, 176:, 128:192].min()) == 1 and float(picture.sum()) == 4 * 336 * 64


def test_laying_is_over_in_premultiplied_light() -> None:
    below = torch.tensor([1.0, 0.0, 0.0, 1.0]).view(4, 1, 1)
    lay(below, torch.tensor([0.0, 0.25, 0.0, 0.25]).view(4, 1, 1))
    assert below.flatten().tolist() == [0.75, 0.25, 0.0, 1.0]
