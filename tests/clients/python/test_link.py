"""How a connection begins, and what is said when it cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import pytest

from bunraku_client.address import Address
from bunraku_client.errors import ConnectionLost, ServerError, UnreachableError, WireError
from bunraku_client.link import Link

if TYPE_CHECKING:
    from clients.python.conftest import FakeServer

HELLO = {"type": "hello", "role": "perform", "character": "mika", "video": {"codecs": ["raw"], "size": 128}}
BOTH = ("bunraku.v1.msgpack", "bunraku.v1.json")


async def _open(url: str, offered: tuple[str, ...] = BOTH) -> Link:
    async with aiohttp.ClientSession() as http:
        link = await Link.open(http, Address.parse(url), HELLO, offered)
        await link.close()
        return link


async def test_the_server_picks_the_encoding(server: FakeServer) -> None:
    assert (await _open(server.url)).subprotocol == "bunraku.v1.msgpack"
    server.speaks = ("bunraku.v1.json",)
    assert (await _open(server.url)).subprotocol == "bunraku.v1.json"


async def test_a_full_server_is_a_server_error_with_the_time_to_wait(server: FakeServer) -> None:
    server.refusals = [({"code": "full", "message": "All seats are taken.", "retry_after": 5}, 4013)]
    with pytest.raises(ServerError, match=r"All seats are taken\. \(full\)") as caught:
        await _open(server.url)
    assert (caught.value.code, caught.value.retry_after, caught.value.close_code) == ("full", 5.0, 4013)


async def test_any_error_in_answer_to_hello_is_told_at_once(server: FakeServer) -> None:
    server.welcome = {"type": "error", "code": "bad_message", "message": "No such codec.", "fatal": False}
    with pytest.raises(ServerError, match="No such codec"):
        await _open(server.url)


async def test_a_server_without_our_protocol_is_unreachable(server: FakeServer) -> None:
    server.speaks = ("chat",)
    with pytest.raises(UnreachableError, match="does not speak the protocol"):
        await _open(server.url)


async def test_a_page_that_is_no_websocket_is_unreachable(server: FakeServer) -> None:
    with pytest.raises(UnreachableError, match="refused the connection with HTTP 404"):
        await _open(f"http://{server.url}/elsewhere")


async def test_nobody_at_home_is_unreachable() -> None:
    with pytest.raises(UnreachableError, match=r"No server answers at 127\.0\.0\.1:1"):
        await _open("127.0.0.1:1")


async def test_a_server_that_says_nothing_is_given_up(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bunraku_client.link._OPEN_SECONDS", 0.1)
    server.mute = True
    with pytest.raises(UnreachableError, match=r"did not answer within 0\.1 seconds"):
        await _open(server.url)


@pytest.mark.parametrize("field", ["session", "character", "video", "pose", "heartbeat_seconds"])
async def test_a_welcome_without_a_field_is_a_wire_error(server: FakeServer, field: str) -> None:
    server.welcome = {field: None}
    with pytest.raises(WireError, match=f"welcome has no usable field '{field}'"):
        await _open(server.url)


async def test_silence_is_a_lost_connection(server: FakeServer) -> None:
    async with aiohttp.ClientSession() as http:
        link = await Link.open(http, Address.parse(server.url), HELLO, BOTH)
        assert (await link.receive(5))["type"] == "frame"
        with pytest.raises(ConnectionLost, match=r"silent for 0\.05 seconds"):
            await link.receive(0.05)
        await link.close()
