"""Work on an event loop gives back what it comes to."""

import asyncio

import pytest

from server.loop import run_loop


async def answer() -> int:
    await asyncio.sleep(0)
    return 42


async def trouble() -> None:
    raise ValueError("no")


def test_what_work_comes_to_is_given_back() -> None:
    assert run_loop(answer()) == 42
    with pytest.raises(ValueError, match="no"):
        run_loop(trouble())
