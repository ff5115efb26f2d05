"""Drawings, and their way into pixels."""

import pytest
import torch

from models.puppet.drawing import SCALE, Drawing, Window, raster

WINDOW = Window(246, 100, 20, 10)
LEFT_HALF = "M-10,100L0,100L0,110L-10,110Z"


def test_x_is_measured_from_the_middle_and_y_from_the_top() -> None:
    drawing = Drawing()
    drawing.fill(LEFT_HALF, "#ffffff")
    pixels = raster(drawing, WINDOW)
    assert pixels.shape == (4, 10 * SCALE, 20 * SCALE)
    assert float(pixels[:, :, : 10 * SCALE].min()) == 1 and float(pixels[:, :, 10 * SCALE :].max()) == 0


def test_pixels_are_premultiplied_linear_light() -> None:
    drawing = Drawing()
    drawing.fill(LEFT_HALF, "#808080", 0.5)
    red, _, _, alpha = raster(drawing, WINDOW)[:, 5, 5].tolist()
    assert alpha == pytest.approx(0.5, abs=0.01)
    assert red == pytest.approx(0.2159 * alpha, abs=0.01)


def test_what_is_drawn_inside_a_path_shows_only_there() -> None:
    drawing = Drawing()
    with drawing.inside(LEFT_HALF):
        drawing.oval(0, 105, 30, 30, "#ff0000")
    pixels = raster(drawing, WINDOW)
    assert float(pixels[3, :, : 10 * SCALE].min()) == 1 and float(pixels[3, :, 10 * SCALE :].max()) == 0


def test_what_is_drawn_moved_is_shifted() -> None:
    drawing = Drawing()
    with drawing.moved(10, 0):
        drawing.fill(LEFT_HALF, "#ffffff")
    pixels = raster(drawing, WINDOW)
    assert float(pixels[3, :, : 10 * SCALE].max()) == 0 and float(pixels[3, :, 10 * SCALE :].min()) == 1


def test_gradients_run_from_stop_to_stop() -> None:
    drawing = Drawing()
    drawing.fill(LEFT_HALF, drawing.linear(-10, 0, 0, 0, [(0, "#000000"), (1, "#000000", 0.0)]))
    alpha = raster(drawing, WINDOW)[3, 5, : 10 * SCALE]
    assert bool((alpha.diff() < 0).all()) and float(alpha[0]) > 0.9 and float(alpha[-1]) < 0.1
    assert torch.isfinite(alpha).all()
