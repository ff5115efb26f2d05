from collections.abc import Awaitable, Callable
from typing import Any

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="session")
Call = Callable[..., Awaitable[Any]]


async def test_waits_double_up_to_ten_seconds(call: Call) -> None:
    waits = await call(
        "retry.js",
        "m => { const b = new m.Backoff(() => 0.999999); return Array.from({length: 7}, () => b.next(0)); }",
    )
    assert waits == pytest.approx([0.5, 1, 2, 4, 8, 10, 10], rel=1e-4)


async def test_chance_takes_up_to_half_of_a_wait(call: Call) -> None:
    waits = await call(
        "retry.js", "m => { const b = new m.Backoff(() => 0); return [b.next(0), b.next(0)]; }"
    )
    assert waits == [0.25, 0.5]


async def test_the_servers_wish_is_the_least_wait(call: Call) -> None:
    waits = await call(
        "retry.js", "m => { const b = new m.Backoff(() => 0); return [b.next(0, 30), b.next(0, 0.1)]; }"
    )
    assert waits == [30, 0.5]


async def test_only_a_connection_that_lived_begins_the_count_anew(call: Call) -> None:
    waits = await call(
        "retry.js",
        """m => {
            const backoff = new m.Backoff(() => 0);
            for (let i = 0; i < 3; i++) backoff.next(0);
            return [backoff.next(1), backoff.next(60)];
        }""",
    )
    assert waits == [2, 0.25]


VERDICTS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"code": 1006}, {"state": "lost", "retry": True, "after": 0}),
    ({"code": 1000}, {"state": "ended", "retry": False}),
    (
        {"code": 1000, "bye": {"reason": "ended", "reconnect": False}},
        {"state": "ended", "retry": False, "why": ""},
    ),
    (
        {"code": 1001, "bye": {"reason": "draining", "reconnect": True, "after": 3, "url": "ws://b/s"}},
        {"state": "lost", "retry": True, "after": 3, "url": "ws://b/s"},
    ),
    (
        {"code": 4001, "error": {"message": "No such token."}},
        {"state": "unauthorised", "retry": False, "why": ""},
    ),
    (
        {"code": 4001, "error": {"message": "No such token."}, "token": True},
        {"state": "unauthorised", "retry": False, "why": "No such token."},
    ),
    ({"code": 4001, "resumed": True}, {"state": "lost", "retry": True, "after": 0, "forget": True}),
    ({"code": 4003}, {"state": "refused", "retry": False}),
    ({"code": 4004}, {"state": "ended", "retry": False, "why": "This character is not served here."}),
    ({"code": 4004, "resumed": True}, {"state": "lost", "retry": True, "forget": True}),
    ({"code": 4004, "role": "watch"}, {"state": "absent", "retry": True, "after": 10}),
    ({"code": 4008}, {"state": "lost", "retry": True}),
    ({"code": 4010, "bye": {"reason": "replaced", "reconnect": False}}, {"state": "taken", "retry": False}),
    (
        {"code": 4013, "error": {"message": "Full.", "retry_after": 7}},
        {"state": "full", "retry": True, "after": 7, "why": "Full."},
    ),
    ({"code": 4029}, {"state": "lost", "retry": True}),
]


@pytest.mark.parametrize(("end", "expected"), VERDICTS)
async def test_each_close_has_its_meaning(call: Call, end: dict[str, Any], expected: dict[str, Any]) -> None:
    verdict = await call("retry.js", "(m, end) => m.verdict(end)", end)
    assert {name: verdict.get(name) for name in expected} == expected
