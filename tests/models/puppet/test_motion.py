"""A figure that moves as one."""

import numpy as np
import torch

from models.pose import DEFAULT, changed
from models.puppet.drawing import SCALE, Window
from models.puppet.layers import Layer
from models.puppet.motion import Motion
from models.puppet.rig import Array, Turn, turn_of

REST = turn_of(DEFAULT)


def sheet(window: Window, by: float, alpha: float = 1.0) -> Layer:
    """A layer of one colour that goes to the right."""

    def move(x: Array, y: Array, turn: Turn) -> tuple[Array, Array]:
        return x + by, y

    return Layer(torch.full((4, SCALE * window.height, SCALE * window.width), alpha), window, move)


def moved(motion: Motion, columns: list[float], row: float = 256.0) -> list[float]:
    """By how much points of a row go to the right."""
    x = np.array(columns) - 256
    mx, my = motion(x, np.full_like(x, row), REST)
    np.testing.assert_allclose(my, row)
    return [float(value) for value in mx - x]


def test_each_layer_moves_where_it_is_seen_and_edges_go_over_smoothly() -> None:
    motion = Motion([sheet(Window(0, 0, 512, 512), 0.0), sheet(Window(256, 0, 256, 512), 8.0)])
    left, edge, right = moved(motion, [100.0, 256.0, 400.0])
    np.testing.assert_allclose([left, edge, right], [0, 4, 8], atol=0.05)
    across = np.diff(moved(motion, list(np.linspace(200, 312, 57))))
    assert across.min() > -1e-6 and across.max() < 0.9


def test_what_is_hidden_does_not_count() -> None:
    hidden, front = sheet(Window(100, 100, 300, 300), 8.0), sheet(Window(0, 0, 512, 512), 1.0)
    np.testing.assert_allclose(moved(Motion([hidden, front]), [10.0, 256.0, 500.0]), 1.0, atol=1e-4)


def test_a_veil_counts_for_as_much_as_it_covers() -> None:
    motion = Motion([sheet(Window(0, 0, 512, 512), 0.0), sheet(Window(0, 0, 512, 512), 8.0, alpha=0.25)])
    np.testing.assert_allclose(moved(motion, [256.0]), 2.0, atol=1e-4)


def test_where_nothing_is_seen_it_moves_with_what_is_near() -> None:
    motion = Motion([sheet(Window(0, 0, 64, 512), 2.0), sheet(Window(448, 0, 64, 512), 8.0)])
    near, middle, far = moved(motion, [120.0, 256.0, 400.0])
    assert 2 <= near < 4 < middle < 6 < far <= 8


def test_points_may_be_of_any_shape_and_lie_beyond_the_picture() -> None:
    motion = Motion([sheet(Window(0, 0, 512, 512), 3.0)])
    x, y = np.meshgrid(np.linspace(-400, 400, 7), np.linspace(-50, 600, 5))
    mx, my = motion(x, y, turn_of(changed(DEFAULT, {"head_y": 1})))
    np.testing.assert_allclose(mx - x, 3)
    np.testing.assert_allclose(my, y)
