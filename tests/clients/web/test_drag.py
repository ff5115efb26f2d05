from collections.abc import Awaitable, Callable
from typing import Any

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="session")
Call = Callable[..., Awaitable[Any]]

START = {"head_x": 0, "head_y": 0, "iris_rotation_x": 0, "iris_rotation_y": 0.1}


async def test_a_drag_to_the_right_and_up_turns_the_picture_there(call: Call) -> None:
    turned = await call("drag.js", "(m, start) => m.turn(start, 0.2, -0.1)", START)
    assert turned == pytest.approx(
        {"head_x": 0.25, "head_y": -0.5, "iris_rotation_x": 0.175, "iris_rotation_y": -0.25}
    )


async def test_a_drag_of_nothing_changes_nothing(call: Call) -> None:
    assert await call("drag.js", "(m, start) => m.turn(start, 0, 0)", START) == pytest.approx(START)
