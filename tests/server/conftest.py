"""A folder of made-up characters, and a server that shows them with an engine that costs nothing."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import structlog

from house import FlatEngine, House, OpenHouse
from models.character import save_character
from models.sample import sample_character
from server import rounds
from server.app import serving
from server.settings import Settings


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    """A test that sets up logs does so for itself only."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers, root.level = handlers, level


@pytest.fixture
def engine() -> FlatEngine:
    return FlatEngine()


@pytest.fixture
def unjudged(monkeypatch: pytest.MonkeyPatch) -> None:
    """No client is given less or more: each change draws a picture, which would be counted too."""
    monkeypatch.setattr(rounds, "STEP_SECONDS", 3600.0)


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("characters")
    for number, name in enumerate(("ada", "bea")):
        save_character(sample_character(name, number), folder / name)
    return folder


@pytest.fixture
def house(engine: FlatEngine, sample_folder: Path) -> OpenHouse:
    """Opens a server on a free port with the settings given."""

    @asynccontextmanager
    async def opened(**settings: Any) -> AsyncIterator[House]:
        chosen = Settings(
            **{
                "port": 0,
                "characters": sample_folder,
                "drain_seconds": 2.0,
                "tracker_processes": 0,
                **settings,
            }
        )
        async with serving(chosen, engine) as (service, address), aiohttp.ClientSession() as http:
            with closing(House(service, address, http)) as home:
                yield home

    return opened
