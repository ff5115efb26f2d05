from collections.abc import Awaitable, Callable
from typing import Any

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="session")
Call = Callable[..., Awaitable[Any]]

AFRESH = """({tokens}) => {
    localStorage.clear();
    const all = () => [tokens.read("perform"), tokens.read("watch")];
    try { return (%s)(tokens, all); } finally { localStorage.clear(); }
}"""


async def test_a_performers_token_watches_and_a_watchers_does_not_perform(call: Call) -> None:
    told = await call(
        "memory.js",
        AFRESH
        % """(tokens, all) => {
            tokens.keep("watch", "w");
            const one = all();
            tokens.keep("perform", "p");
            const both = all();
            tokens.forget("w");
            return [one, both, all()];
        }""",
    )
    assert told == [[None, "w"], ["p", "w"], ["p", "p"]]


async def test_a_refused_token_is_forgotten_for_both_roles(call: Call) -> None:
    told = await call(
        "memory.js",
        AFRESH
        % """(tokens, all) => {
            tokens.keep("watch", "p");
            tokens.keep("perform", "p");
            tokens.forget("other");
            tokens.forget(undefined);
            const before = all();
            tokens.forget("p");
            return [before, all()];
        }""",
    )
    assert told == [["p", "p"], [None, None]]


async def test_a_server_that_wants_no_token_leaves_the_kept_one_alone(call: Call) -> None:
    told = await call(
        "memory.js",
        AFRESH
        % """(tokens, all) => {
            tokens.keep("perform", "p");
            tokens.keep("perform", undefined);
            return all();
        }""",
    )
    assert told == ["p", "p"]
