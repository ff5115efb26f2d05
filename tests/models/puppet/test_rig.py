"""How layers move."""

import numpy as np
import pytest

from models.pose import DEFAULT, changed
from models.puppet import rig

MOVES = [rig.move_back_hair, rig.move_neck, rig.move_body, rig.move_face, rig.move_fringe]
X, Y = np.meshgrid(np.linspace(-90, 90, 31), np.linspace(40, 500, 47))


def moved(move: rig.Move, **values: float) -> tuple[rig.Array, rig.Array]:
    return move(X, Y, rig.turn_of(changed(DEFAULT, values)))


@pytest.mark.parametrize("move", MOVES)
def test_at_rest_nothing_moves(move: rig.Move) -> None:
    x, y = moved(move)
    assert x == pytest.approx(X, abs=1e-9) and y == pytest.approx(Y, abs=1e-9)


@pytest.mark.parametrize("move", MOVES)
def test_no_move_folds_its_layer(move: rig.Move) -> None:
    drawn = (abs(X) < 46) & (Y > 150) & (Y < 270) if move is rig.move_neck else Y > 0
    for sign in (-1.0, 1.0):
        x, y = moved(move, head_x=sign, head_y=sign, neck_z=sign, body_y=sign, body_z=sign, breathing=1)
        across, down = X[0, 1] - X[0, 0], Y[1, 0] - Y[0, 0]
        area = np.gradient(x, axis=1) * np.gradient(y, axis=0) - np.gradient(x, axis=0) * np.gradient(
            y, axis=1
        )
        assert (area / (across * down) > 0.1)[drawn].all()


def test_nearer_things_turn_farther() -> None:
    eye = (np.array([0.0]), np.array([120.0]))
    turn = rig.turn_of(changed(DEFAULT, {"head_y": -1}))
    fringe, face, back = (
        move(*eye, turn)[0][0] for move in (rig.move_fringe, rig.move_face, rig.move_back_hair)
    )
    assert fringe > face > 5 > 0 > back


def test_the_feet_of_the_picture_stay() -> None:
    x, y = moved(rig.move_body, head_x=1, head_y=1, neck_z=1, body_y=1, body_z=1, breathing=1)
    assert x[Y > 480] == pytest.approx(X[Y > 480]) and y[Y > 480] == pytest.approx(Y[Y > 480])


def test_the_head_moves_alone_and_the_body_takes_it_along() -> None:
    x, _ = moved(rig.move_body, head_y=1, neck_z=1)
    assert x == pytest.approx(X)
    x, _ = moved(rig.move_face, body_z=1)
    assert (x[Y < 200] < X[Y < 200] - 15).all()


def test_hair_hangs_its_ends_move_less_than_the_head() -> None:
    x, _ = moved(rig.move_back_hair, neck_z=1)
    shift = X - x
    assert shift[Y < 80].min() > 3 * abs(shift[Y > 390]).max()


def test_breathing_raises_the_chest_and_the_head() -> None:
    _, y = moved(rig.move_body, breathing=1)
    assert (Y - y)[(Y > 200) & (Y < 240)].min() > 2 and (Y - y)[Y > 360].max() == 0
