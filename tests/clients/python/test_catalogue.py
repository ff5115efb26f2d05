from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bunraku_client import Character, ServerError, UnreachableError, WireError, characters

if TYPE_CHECKING:
    from clients.python.conftest import FakeServer


async def _ask(answer: web.Response) -> list[Character]:
    async def answers(_: web.Request) -> web.Response:
        return answer

    app = web.Application()
    app.router.add_get("/v1/characters", answers)
    async with TestServer(app) as running:
        return await characters(f"127.0.0.1:{running.port}")


async def test_the_list_is_read_from_any_form_of_the_address(server: FakeServer) -> None:
    found = await characters(f"ws://{server.url}/v1/stream")
    assert found[0] == Character("mika", "Mika", "student", "/v1/characters/mika/preview.png")
    assert [character.id for character in found] == ["mika", "rei"]


async def test_the_servers_own_error_is_told() -> None:
    body = {"error": {"code": "draining", "message": "The server is closing."}}
    with pytest.raises(ServerError, match=r"The server is closing\. \(draining\)"):
        await _ask(web.json_response(body, status=503))


@pytest.mark.parametrize(
    "answer",
    [
        ("<html>", "text/html"),
        ("{", "application/json"),
        ("{}", "application/json"),
        ('[{"id": 1}]', "application/json"),
    ],
)
async def test_any_other_answer_is_a_wire_error(answer: tuple[str, str]) -> None:
    with pytest.raises(WireError):
        await _ask(web.Response(text=answer[0], content_type=answer[1]))


async def test_nobody_at_home_is_unreachable() -> None:
    with pytest.raises(UnreachableError, match=r"No server answers at 127\.0\.0\.1:1"):
        await characters("127.0.0.1:1")
