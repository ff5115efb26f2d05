"""Pages that come to watch are sent to a relay, and are back at the server when that stops."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from bunraku_client import Video, connect
from models.character import save_character
from models.sample import sample_character
from server.bench import metrics, running_relay, running_server
from server.wire import ENCODINGS

pytestmark = pytest.mark.asyncio(loop_scope="session")

PATIENT = 20_000
SMALL = Video(codecs=("raw",), size=128)
WATCHING = 'bunraku_sessions{role="watch"}'


@pytest.fixture(scope="module")
def place() -> str:
    """Where the relay will be."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return f"http://127.0.0.1:{found.getsockname()[1]}"


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def server(place: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """A server that knows of the relay."""
    folder = tmp_path_factory.mktemp("characters")
    save_character(sample_character("ada"), folder / "ada")
    async with running_server("--characters", str(folder), "--relays", place) as running:
        yield running


async def shown(page: Page) -> int:
    """How many frames the page has shown."""
    return int(await page.evaluate("document.documentElement.dataset.frames") or 0)


async def frames_beyond(page: Page, count: int) -> None:
    async with asyncio.timeout(20):
        while await shown(page) <= count:  # noqa: ASYNC110
            await asyncio.sleep(0.1)


async def until_known(http: aiohttp.ClientSession, server: str, session: str) -> None:
    """Wait until the server knows that the relay is ready: it asks every other second."""
    hello = ENCODINGS[1].encode({"type": "hello", "role": "watch", "session": session})
    async with asyncio.timeout(20):
        while True:
            async with http.ws_connect(f"{server}/v1/stream", protocols=[ENCODINGS[1].subprotocol]) as socket:
                await socket.send_str(str(hello))
                if (await socket.receive_json())["type"] == "bye":
                    return
            await asyncio.sleep(0.2)


@pytest.mark.parametrize("codec", ["h264-alpha", "webp"])
async def test_a_viewer_is_sent_to_the_relay_and_back_when_that_is_gone(
    browser: Browser, server: str, place: str, http: aiohttp.ClientSession, codec: str
) -> None:
    context = await browser.new_context()
    page = await context.new_page()
    asked: list[str] = []
    page.on("websocket", lambda socket: asked.append(re.sub(r"^ws|/v1/stream$", "", socket.url)))
    async with (
        AsyncExitStack() as relay,
        connect(server, "ada", video=Video(codecs=("raw",), size=128)) as mine,
    ):
        await relay.enter_async_context(running_relay(server, "--port", place.rpartition(":")[2]))
        await until_known(http, server, mine.id)
        await page.goto(f"{server}/view?session={mine.id}&size=128&codec={codec}")
        await expect(page.locator("html")).to_have_attribute("data-state", "live", timeout=PATIENT)
        await frames_beyond(page, 2)
        assert asked == [server.removeprefix("http"), place.removeprefix("http")]
        assert await metrics(http, place, WATCHING) == [1.0]
        before = await shown(page)
        await relay.aclose()
        await expect(page.locator("html")).to_have_attribute("data-state", "live", timeout=PATIENT)
        await frames_beyond(page, before + 2)
        assert asked[-1] == server.removeprefix("http")
    await context.close()


async def test_a_viewer_of_the_relays_own_page_sees_the_session(page: Page, server: str, place: str) -> None:
    async with running_relay(server) as other, connect(server, "ada", video=SMALL) as mine:
        await page.goto(f"{other}/view?session={mine.id}&size=128")
        await expect(page.locator("html")).to_have_attribute("data-state", "live", timeout=PATIENT)
        await frames_beyond(page, 2)
