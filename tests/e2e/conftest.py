"""The real server in a process of its own, drawing made-up characters."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio

from models.character import save_character
from models.sample import sample_character
from server.bench import running_server


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def address(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The address of a server that refuses nobody, with the characters ada, bea and cora."""
    folder = tmp_path_factory.mktemp("characters")
    for number, name in enumerate(("ada", "bea", "cora")):
        save_character(sample_character(name, number), folder / name)
    async with running_server("--characters", str(folder), "--linger-seconds", "5") as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session
