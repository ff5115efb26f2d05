"""A server of nothing but the pages' files, and a page in which modules are loaded."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, Page

from played import Server
from server.pages import add_pages


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def site() -> AsyncIterator[str]:
    """The address of a server that has the pages and nothing else."""
    app = web.Application()
    add_pages(app, {"/": "index.html", "/view": "view.html", "/workshop": "workshop.html"})
    async with TestServer(app) as running:
        yield f"http://127.0.0.1:{running.port}"


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def rules(browser: Browser, site: str) -> AsyncIterator[Page]:
    """A page in which modules are loaded for their functions alone."""
    page = await browser.new_page()
    await page.goto(f"{site}/web/icon.svg")
    yield page
    await page.close()


@pytest.fixture
def call(rules: Page) -> Callable[..., Awaitable[Any]]:
    """`await call("pose.js", "(m, name) => m.label(name)", "head_x")`: runs a function on a module."""

    async def run(module: str, function: str, *arguments: object) -> Any:
        source = f"async (given) => ({function})(await import('/web/js/{module}'), ...given)"
        return await rules.evaluate(source, list(arguments))

    return run


@pytest.fixture
def server() -> Server:
    return Server()
