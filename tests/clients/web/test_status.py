from collections.abc import Awaitable, Callable
from typing import Any

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="session")
Call = Callable[..., Awaitable[Any]]


@pytest.mark.parametrize(
    ("state", "text", "action"),
    [
        ({"name": "connecting"}, "Connecting…", None),
        ({"name": "live"}, "Live", None),
        ({"name": "lost"}, "The connection is lost.", "Try now"),
        ({"name": "full"}, "The server is full.", "Try now"),
        ({"name": "unauthorised"}, "This server asks for a token.", "Give a token"),
        ({"name": "unauthorised", "why": "No such token."}, "No such token.", "Give a token"),
        ({"name": "taken"}, "Another tab has taken this session over.", "Take back"),
        ({"name": "ended", "why": "There is no character x."}, "There is no character x.", "Start again"),
    ],
)
async def test_each_state_has_its_sentence(
    call: Call, state: dict[str, str], text: str, action: str | None
) -> None:
    told = await call("status.js", "(m, state) => m.describe(state)", state)
    assert (told["text"], told.get("action")) == (text, action)


async def test_the_countdown_never_says_zero(call: Call) -> None:
    count = "(m, now) => m.countdown({retryAt: 5000}, now)"
    assert await call("status.js", count, 1500) == " Trying again in 4 s."
    assert await call("status.js", count, 6000) == " Trying again in 1 s."
    assert await call("status.js", "m => m.countdown({}, 0)") == ""
