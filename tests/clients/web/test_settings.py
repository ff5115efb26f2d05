from collections.abc import Awaitable, Callable
from typing import Any

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="session")
Call = Callable[..., Awaitable[Any]]


@pytest.mark.parametrize(
    ("background", "sent"),
    [("transparent", "transparent"), ("checker", "transparent"), ("colour", "#2f8f5b")],
)
async def test_only_a_colour_is_the_servers_affair(call: Call, background: str, sent: str) -> None:
    values = {"size": "256", "quality": "0.9", "background": background, "colour": "#2f8f5b"}
    video = await call("settings.js", "(m, values) => m.videoOf(values)", values)
    assert video == {"size": 256, "fit": False, "quality": 0.9, "background": sent}


async def test_an_automatic_size_is_the_largest_or_what_fits(call: Call) -> None:
    values = {"size": "auto", "quality": "0.7", "background": "transparent"}
    video = await call("settings.js", "(m, values) => m.videoOf(values)", values)
    assert video == {"size": 512, "fit": True, "quality": 0.7, "background": "transparent"}


async def test_an_address_fills_the_form(call: Call) -> None:
    values = await call("settings.js", "m => m.valuesOf({size: 128, background: '#010203', max_fps: 30})")
    assert values == {"size": "128", "background": "colour", "colour": "#010203"}
