import math
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.asyncio(loop_scope="session")
Call = Callable[..., Awaitable[Any]]


def turned(pitch: float, yaw: float, roll: float, scale: float = 1) -> list[float]:
    """A face matrix, column after column: rolled, then pitched, then yawed about fixed axes."""
    (sp, sy, sr), (cp, cy, cr) = (
        [wave(math.radians(angle)) for angle in (pitch, yaw, roll)] for wave in (math.sin, math.cos)
    )
    about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    matrix = np.eye(4)
    matrix[:3, :3] = scale * about_y @ about_x @ about_z
    matrix[:3, 3] = (3, -2, -40)
    return [float(number) for number in matrix.T.ravel()]


@pytest.mark.parametrize(("head", "scale"), [((10, 0, 0), 1), ((0, -25, 0), 1), ((-12, 30, 15), 1.3)])
async def test_the_angles_of_a_face_matrix_come_back(
    call: Call, head: tuple[float, float, float], scale: float
) -> None:
    assert await call("head.js", "(m, matrix) => m.headOf(matrix)", turned(*head, scale)) == [
        pytest.approx(angle, abs=1e-6) for angle in head
    ]
