"""Backward flow, and its carrying on."""

import numpy as np
import torch

from models.pose import DEFAULT, changed
from models.puppet.drawing import Window
from models.puppet.flow import backward, extended, reach
from models.puppet.rig import move_face, turn_of

TURN = turn_of(changed(DEFAULT, {"head_y": 1, "head_x": 0.5, "neck_z": 0.8, "body_z": 0.4}))
BOX = (170, 60, 330, 230)


def test_backward_leads_to_the_point_that_moves_there() -> None:
    flow = backward(move_face, TURN, BOX).double().numpy()
    columns, rows = np.meshgrid(np.arange(BOX[0], BOX[2]) + 0.5 - 256, np.arange(BOX[1], BOX[3]) + 0.5)
    x, y = move_face(columns + flow[0], rows + flow[1], TURN)
    missed = np.hypot(x - columns, y - rows)
    assert missed.mean() < 0.15 and missed.max() < 1


def test_a_box_is_a_part_of_the_whole() -> None:
    whole = backward(move_face, TURN, (0, 0, 512, 512))
    part = backward(move_face, TURN, BOX)
    assert torch.allclose(part, whole[:, BOX[1] : BOX[3], BOX[0] : BOX[2]], atol=1e-3)


def test_reach_holds_where_the_window_goes() -> None:
    window = Window(192, 64, 128, 144)
    assert reach(move_face, turn_of(DEFAULT), window) == (190, 62, 322, 210)
    left, top, right, bottom = reach(move_face, TURN, window)
    assert 0 <= left < 190 and 0 <= top < right <= 512 and bottom <= 512


def test_a_flow_is_kept_where_it_is_known_and_smooth_elsewhere() -> None:
    known = torch.zeros(1, 64, 64, dtype=torch.bool)
    known[:, 20:40, 20:30], known[:, 20:40, 30:40] = True, True
    flow = torch.zeros(2, 64, 64)
    flow[:, 20:40, 20:30], flow[:, 20:40, 30:40] = 1.0, 3.0
    full = extended(flow, known)
    assert torch.equal(full[:, 20:40, 20:40], flow[:, 20:40, 20:40])
    assert float(full.min()) >= 1 and float(full.max()) <= 3
    assert float(full[0, 30, 2]) < 2 < float(full[0, 30, 60])


def test_a_flow_that_is_nowhere_known_is_none() -> None:
    full = extended(torch.zeros(2, 8, 8), torch.zeros(1, 8, 8, dtype=torch.bool))
    assert torch.equal(full, torch.zeros(2, 8, 8))
