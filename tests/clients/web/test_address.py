from collections.abc import Awaitable, Callable
from typing import Any

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="session")
Call = Callable[..., Awaitable[Any]]

READ = "(m, search) => m.readAddress(search)"


async def test_an_empty_address_asks_for_the_usual(call: Call) -> None:
    assert await call("address.js", READ, "") == {
        "character": None,
        "session": None,
        "token": None,
        "overlay": False,
        "codec": None,
        "video": {"codecs": ["webp", "png", "jpeg"], "max_fps": 30, "fit": True},
    }


async def test_an_address_sets_the_video(call: Call) -> None:
    asked = await call(
        "address.js",
        READ,
        "?session=s&codec=png&fps=12&size=256&background=%2300ff7f&quality=0.4&crop=0,10,512,300&overlay=1",
    )
    assert asked["session"] == "s"
    assert asked["overlay"] is True
    assert asked["video"] == {
        "codecs": ["png", "webp", "jpeg"],
        "max_fps": 12,
        "size": 256,
        "fit": False,
        "background": "#00ff7f",
        "quality": 0.4,
        "crop": [0, 10, 512, 300],
    }


@pytest.mark.parametrize(
    "search",
    [
        "?fps=0",
        "?fps=61",
        "?fps=x",
        "?size=300",
        "?background=red",
        "?quality=2",
        "?crop=0,0,600,1",
        "?codec=gif",
    ],
)
async def test_what_is_unfit_is_passed_over(call: Call, search: str) -> None:
    asked = await call("address.js", READ, search)
    assert asked["video"] == {"codecs": ["webp", "png", "jpeg"], "max_fps": 30, "fit": True}


@pytest.mark.parametrize(
    ("search", "playable", "codecs"),
    [
        ("", ["h264-alpha", "h264"], ["h264-alpha", "webp", "png", "jpeg"]),
        ("", ["h264"], ["webp", "png", "jpeg"]),
        ("?codec=h264", ["h264-alpha", "h264"], ["h264", "h264-alpha", "webp", "png", "jpeg"]),
        ("?codec=webp", ["h264-alpha", "h264"], ["webp", "h264-alpha", "png", "jpeg"]),
        ("?codec=h264-alpha", [], ["webp", "png", "jpeg"]),
    ],
)
async def test_video_is_offered_first_where_it_can_be_shown(
    call: Call, search: str, playable: list[str], codecs: list[str]
) -> None:
    asked = await call("address.js", "(m, ...given) => m.readAddress(...given)", search, playable)
    assert asked["video"]["codecs"] == codecs


async def test_a_viewer_link_holds_no_token(call: Call) -> None:
    link = await call(
        "address.js",
        "m => m.viewerLink('a b', {size: 256, background: '#102030'}, 'https://x.example/?token=secret')",
    )
    assert link == "https://x.example/view?session=a+b&size=256&background=%23102030"


async def test_a_viewer_link_leaves_the_size_to_the_server_where_the_performer_does(call: Call) -> None:
    link = await call("address.js", "m => m.viewerLink('a', {size: 512, fit: true}, 'https://x.example/')")
    assert link == "https://x.example/view?session=a"
