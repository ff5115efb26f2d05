from collections.abc import Awaitable, Callable
from typing import Any

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="session")
Call = Callable[..., Awaitable[Any]]

SENTENCE = "(m, text) => { try { return m.readExpressions(text); } catch (error) { return error.message; } }"


async def test_a_fade_goes_evenly_and_turns_back_from_where_it_is(call: Call) -> None:
    strengths = await call(
        "expressions.js",
        """m => {
            const fade = new m.Fade();
            fade.to(1, 200, 1000);
            const up = [1000, 1050, 1200, 9000].map((now) => fade.at(now));
            fade.to(0, 200, 9000);
            fade.to(1, 200, 9100);
            return [...up, fade.at(9100), fade.at(9150), fade.at(9200)];
        }""",
    )
    assert strengths == [0, 0.25, 1, 1, 0.5, 0.75, 1]


async def test_a_fade_of_no_time_is_there_at_once(call: Call) -> None:
    assert (
        await call("expressions.js", "m => { const f = new m.Fade(); f.to(1, 0, 5); return f.at(5); }") == 1
    )


async def test_what_is_exported_can_be_read_again(call: Call) -> None:
    first = await call("expressions.js", "m => [m.FIRST, m.readExpressions(JSON.stringify(m.FIRST))]")
    assert first[0] == first[1]
    assert first[0]["list"][0]["name"] == "Smile"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("smile", "This file is not JSON."),
        ("[]", "This file has no list of up to 64 expressions."),
        (
            '{"list": [{"name": "A", "values": {"a": 1}}, {"name": " ", "values": {}}]}',
            "Expression 2 must have a name, and values that are numbers.",
        ),
        (
            '{"list": [{"name": "A", "values": {"a": "1"}}]}',
            "Expression 1 must have a name, and values that are numbers.",
        ),
    ],
)
async def test_a_file_that_holds_no_expressions_is_told_in_one_sentence(
    call: Call, text: str, sentence: str
) -> None:
    assert await call("expressions.js", SENTENCE, text) == sentence
