from collections.abc import Awaitable, Callable
from typing import Any

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="session")
Call = Callable[..., Awaitable[Any]]

PICTURE = {"width": 800, "height": 1000}
SQUARE = {"x": 400, "y": 200, "size": 100}


def square(x: float, y: float, size: float) -> Any:
    return pytest.approx({"x": x, "y": y, "size": size})


async def test_a_square_is_moved_and_stays_in_the_picture(call: Call) -> None:
    move = "(m, square, right, down, picture) => m.moved(square, right, down, picture)"
    assert await call("workshop_square.js", move, SQUARE, 30, -50, PICTURE) == square(430, 150, 100)
    assert await call("workshop_square.js", move, SQUARE, 9000, -9000, PICTURE) == square(800, 0, 100)


@pytest.mark.parametrize(
    ("corner", "point", "then"),
    [
        ([1, 1], [500, 280], (425, 225, 150)),
        ([-1, -1], [300, 160], (375, 175, 150)),
        ([1, -1], [430, 40], (455, 145, 210)),
        ([1, 1], [0, 0], (358, 158, 16)),
    ],
)
async def test_a_corner_is_drawn_and_the_one_across_stays(
    call: Call, corner: list[int], point: list[int], then: tuple[float, float, float]
) -> None:
    pull = "(m, square, corner, [x, y], picture) => m.cornered(square, corner, { x, y }, picture)"
    drawn = await call("workshop_square.js", pull, SQUARE, corner, point, PICTURE)
    assert drawn == square(*then)
    across = [SQUARE["x"] - corner[0] * 50, SQUARE["y"] - corner[1] * 50]
    side = drawn["size"] / 2
    assert [drawn["x"] - corner[0] * side, drawn["y"] - corner[1] * side] == pytest.approx(across)


@pytest.mark.parametrize(
    ("key", "shift", "then"),
    [
        ("ArrowLeft", False, (398, 200, 100)),
        ("ArrowDown", True, (400, 210, 100)),
        ("+", True, (400, 200, 102)),
        ("=", False, (400, 200, 102)),
        ("-", False, (400, 200, 100 / 1.02)),
    ],
)
async def test_keys_move_and_size_it(
    call: Call, key: str, shift: bool, then: tuple[float, float, float]
) -> None:
    press = "(m, square, key, shift, picture) => m.keyed(square, key, shift, picture)"
    assert await call("workshop_square.js", press, SQUARE, key, shift, PICTURE) == square(*then)
    assert await call("workshop_square.js", press, SQUARE, "Tab", False, PICTURE) is None


async def test_the_square_comes_to_lie_on_the_head_s_box(call: Call) -> None:
    placed = await call("workshop_square.js", "(m, square) => m.placement(square)", SQUARE)
    left, top = (400 - 50) * placed["scale"] + placed["left"], (200 - 50) * placed["scale"] + placed["top"]
    assert (left, top, 100 * placed["scale"]) == pytest.approx((192, 64, 128))


async def test_a_prepared_picture_is_moved_as_the_drawing_itself_would_be(call: Call) -> None:
    after = {"x": 430, "y": 190, "size": 140}
    again = await call("workshop_square.js", "(m, a, b) => m.replacement(a, b)", SQUARE, after)
    first = await call("workshop_square.js", "(m, square) => m.placement(square)", SQUARE)
    then = await call("workshop_square.js", "(m, square) => m.placement(square)", after)
    at = 333 * first["scale"] + first["left"]
    assert at * again["scale"] + again["left"] == pytest.approx(333 * then["scale"] + then["left"])
    assert again["scale"] == pytest.approx(100 / 140)


async def test_a_square_is_told_as_the_server_reads_it(call: Call) -> None:
    assert await call("workshop_square.js", "(m, square) => m.toText(square)", SQUARE) == "400.0,200.0,100.0"
