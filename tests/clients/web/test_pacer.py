from collections.abc import Awaitable, Callable
from typing import Any

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="session")
Call = Callable[..., Awaitable[Any]]

# When pictures leave, for a camera that shows one at each of `shown`, and a server that takes `answering` ms.
RUN = """(m, perSecond, shown, answering) => {
    const pacer = new m.Pacer(perSecond);
    const left = [];
    let due = Infinity;
    for (const now of shown) {
        if (now >= due) { pacer.answered(); due = Infinity; }
        if (!pacer.free(now)) continue;
        pacer.leave(now);
        left.push(now);
        if (answering !== null) due = now + answering;
    }
    return left;
}"""


async def test_no_picture_leaves_while_one_is_unanswered(call: Call) -> None:
    left = await call("pacer.js", RUN, 30, list(range(0, 1000, 10)), 100)
    assert left == list(range(0, 1000, 100))


async def test_no_more_leave_in_a_second_than_allowed(call: Call) -> None:
    left = await call("pacer.js", RUN, 10, list(range(0, 10000, 4)), 1)
    assert len(left) in (100, 101, 102)


async def test_a_camera_that_is_a_little_uneven_keeps_its_rate(call: Call) -> None:
    shown = [i * 1000 / 30 + (4 if i % 2 else -4) for i in range(1, 91)]
    assert len(await call("pacer.js", RUN, 30, shown, 5)) >= 88


async def test_an_answer_that_never_comes_is_given_up_after_two_seconds(call: Call) -> None:
    assert await call("pacer.js", RUN, 30, list(range(0, 5000, 500)), None) == [0, 2000, 4000]
