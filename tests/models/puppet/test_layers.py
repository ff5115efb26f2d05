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


def test_without_a_flow_it_is_as_at_rest() -> None:
    layer, box = speckled(), (100, 150, 220, 512)
    moved = layer.moved(torch.zeros(2, 362, 120), box)
    assert torch.allclose(moved[:, 26:, 28:92], layer.at_rest, atol=1e-3)
    assert float(moved[:, :25].abs().max()) == 0


def test_a_flow_says_where_pixels_come_from() -> None:
    layer, box = speckled(), (128, 200, 180, 300)
    flow = torch.tensor([3.0, -5.0]).view(2, 1, 1).expand(2, 100, 52)
    assert torch.allclose(layer.moved(flow, box), layer.at_rest[:, 19:119, 3:55], atol=1e-3)


def test_laying_is_over_in_premultiplied_light() -> None:
    below = torch.tensor([1.0, 0.0, 0.0, 1.0]).view(4, 1, 1)
    lay(below, torch.tensor([0.0, 0.25, 0.0, 0.25]).view(4, 1, 1))
    assert below.flatten().tolist() == [0.75, 0.25, 0.0, 1.0]
