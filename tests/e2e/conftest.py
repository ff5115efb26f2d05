"""The real server in a process of its own, drawing made-up characters."""

import dataclasses
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio
import torch

from models.character import Character, save_character
from models.sample import sample_character
from server.bench import running_server


def clear_cut(name: str) -> Character:
    """A disc that moves on a ground of nothing, with an opaque face: its body draws no colour of its own."""
    drawn = sample_character(name, 3)
    face, body = dict(drawn.face), dict(drawn.body)
    for key in ("last_linear.weight", "last_linear.bias"):
        body[key] = body[key].clone()
        body[key][2:] = 0
        face[f"siren.{key}"] = 0.1 * face[f"siren.{key}"]
    face["siren.last_linear.bias"] = torch.tensor([0.4, -0.2, 0.1, 1.5])
    return dataclasses.replace(drawn, face=face, body=body)


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def address(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The address of a server that refuses nobody, with the characters ada, bea, cora and dora."""
    folder = tmp_path_factory.mktemp("characters")
    for number, name in enumerate(("ada", "bea", "cora")):
        save_character(sample_character(name, number), folder / name)
    save_character(clear_cut("dora"), folder / "dora")
    async with running_server("--characters", str(folder), "--linger-seconds", "5") as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session
