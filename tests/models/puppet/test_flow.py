"""Backward flow."""

import numpy as np

from models.pose import DEFAULT, changed
from models.puppet.flow import backward
from models.puppet.rig import move_face, turn_of

TURN = turn_of(changed(DEFAULT, {"head_y": 1, "head_x": 0.5, "neck_z": 0.8, "body_z": 0.4}))


def test_backward_leads_to_the_point_that_moves_there() -> None:
    flow = backward(move_face, TURN).double().numpy()
    columns, rows = np.meshgrid(np.arange(512) + 0.5 - 256, np.arange(512) + 0.5)
    x, y = move_face(columns + flow[0], rows + flow[1], TURN)
    missed = np.hypot(x - columns, y - rows)[60:230, 170:330]
    assert missed.mean() < 0.15 and missed.max() < 1
