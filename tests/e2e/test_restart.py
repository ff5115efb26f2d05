"""A server that is started anew: performers and watchers find each other again as they were."""

import asyncio
import re
import socket
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from bunraku_client import Reconnect, Video, connect, watch
from models.character import save_character
from models.sample import sample_character
from server.bench import running_server
from shown import picture

pytestmark = pytest.mark.asyncio(loop_scope="session")

PATIENT = 30_000
Start = Callable[[], AbstractAsyncContextManager[str]]


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Starts a server, always at the same place."""
    save_character(sample_character("ada"), tmp_path / "ada")
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = str(found.getsockname()[1])
    return lambda: running_server("--characters", str(tmp_path), "--port", port)


async def live(page: Page) -> None:
    await expect(page.locator("html")).to_have_attribute("data-state", "live", timeout=PATIENT)
    await expect(page.locator("html")).to_have_attribute("data-frames", re.compile("[1-9]"), timeout=PATIENT)


async def shown(page: Page) -> int:
    """How many frames the page has shown."""
    return int(await page.evaluate("document.documentElement.dataset.frames"))


async def test_a_program_goes_on_under_the_same_session_id(start: Start) -> None:
    async with AsyncExitStack() as first:
        address = await first.enter_async_context(start())
        async with connect(address, "ada", video=Video(codecs=("raw",), size=128)) as session:
            name = session.id
            await picture(session, await session.pose({"head_x": 0.5}))
            await first.aclose()
            async with start():
                await picture(session, await session.pose({"head_x": 0.7}))
                assert (session.id, session.counts.cuts) == (name, 1)


async def test_its_character_stands_again_as_it_stood(start: Start) -> None:
    async with AsyncExitStack() as first:
        address = await first.enter_async_context(start())
        async with connect(address, "ada", video=Video(codecs=("raw",), size=128), idle=False) as session:
            stood = await picture(session, await session.pose({"head_x": 0.5}))
            await first.aclose()
            async with start():
                assert (await picture(session, 1) == stood).all()
                assert session.counts.cuts == 1


async def test_who_watches_waits_for_its_performer(start: Start) -> None:
    video = Video(codecs=("raw",), size=128)
    async with AsyncExitStack() as first:
        address = await first.enter_async_context(start())
        async with (
            connect(address, "ada", video=video, reconnect=Reconnect(first_seconds=2)) as performer,
            watch(address, performer.id, video=video, reconnect=Reconnect(first_seconds=0.2)) as watcher,
        ):
            await first.aclose()
            async with start():
                await picture(watcher, await performer.pose({"head_x": 0.5}))


async def test_the_viewer_of_a_page_goes_on_with_it(browser: Browser, page: Page, start: Start) -> None:
    async with AsyncExitStack() as first:
        address = await first.enter_async_context(start())
        await page.goto(f"{address}/?character=ada&size=128")
        await live(page)
        await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        await page.locator("#viewer-link").click()
        link = await page.evaluate("navigator.clipboard.readText()")
        viewer = await (await browser.new_context()).new_page()
        await viewer.goto(link)
        await live(viewer)
        await first.aclose()
        before = await shown(viewer)
        async with start(), asyncio.timeout(60):
            while await shown(viewer) <= before:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        await viewer.context.close()
