"""The pages' files: of the right kind, sent once, never from elsewhere, and none left open."""

import asyncio
import gc
import threading
import warnings
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from server.pages import PAGES, add_pages

Client = TestClient[web.Request, web.Application]


def application() -> web.Application:
    app = web.Application()
    add_pages(app, {"/": "index.html"})
    return app


@pytest_asyncio.fixture
async def client() -> AsyncIterator[Client]:
    async with TestClient(TestServer(application())) as running:
        yield running


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("/", "text/html"),
        ("/web/js/pose.js", "javascript"),
        ("/web/icon.svg", "image/svg+xml"),
        ("/web/manifest.webmanifest", "application/manifest+json"),
    ],
)
async def test_a_file_is_of_the_kind_that_browsers_ask_for(client: Client, address: str, kind: str) -> None:
    async with client.get(address) as response:
        assert response.status == 200
        assert kind in response.content_type
        assert await response.read()


async def test_a_file_that_the_asker_has_is_not_sent_again(client: Client) -> None:
    async with client.get("/web/icon.svg") as response:
        tag = response.headers["ETag"]
    async with client.get("/web/icon.svg", headers={"If-None-Match": tag}) as response:
        assert (response.status, await response.read(), response.headers["ETag"]) == (304, b"", tag)
    async with client.get("/web/icon.svg", headers={"If-None-Match": '"older"'}) as response:
        assert await response.read() == (PAGES / "icon.svg").read_bytes()


@pytest.mark.parametrize(
    "address",
    [
        "/web/none.js",
        "/web/js",
        "/web/%2e%2e/README.md",
        "/web//etc/hostname",
        "/web/%2e%2e%2f%2e%2e%2fREADME.md",
        "/web/a%00b",
        "/web/" + "a" * 300,
    ],
)
async def test_nothing_but_a_pages_file_is_given(client: Client, address: str) -> None:
    reader, writer = await asyncio.open_connection(client.host, client.port)
    writer.write(f"GET {address} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n".encode())
    assert (await reader.readline()).split()[1] in (b"404", b"400")
    writer.close()
    await writer.wait_closed()


async def test_a_server_that_stops_while_a_file_is_read_leaves_nothing_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    stat = Path.stat

    def slow(path: Path, **kwargs: bool) -> object:
        if path.name == "icon.svg":
            begun.set()
            go_on.wait(10)
        return stat(path, **kwargs)

    monkeypatch.setattr(Path, "stat", slow)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        async with TestServer(application()) as server, aiohttp.ClientSession() as http:
            asking = asyncio.create_task(http.get(server.make_url("/web/icon.svg")))
            await asyncio.to_thread(begun.wait, 10)
            asking.cancel()
        go_on.set()
        await asyncio.sleep(0.05)
        gc.collect()
