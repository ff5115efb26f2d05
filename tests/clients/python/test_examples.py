"""The JavaScript example speaks the protocol as the server does."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from aiohttp.test_utils import TestServer

if TYPE_CHECKING:
    from clients.python.conftest import FakeServer

EXAMPLE = Path(__file__).parents[3] / "clients" / "examples" / "bunraku.js"
PROGRAM = """
const { greeting, open } = await import(process.argv[1]);
const asked = new Map([["character", "mika"]]);
const stream = open(process.argv[2], greeting(asked), {
  welcome: () => stream.pose({ p3: 0.5 }),
  frame: (message, data) => {
    if (message.seq !== 1) return;
    console.log(JSON.stringify([message.seq, data.length > 50]));
    stream.close();
  },
});
"""


async def told_by(url: str) -> object:
    """What the program tells, performing at a server."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node.js is not here.")
    argv = ["--experimental-websocket", "--input-type=module", "-e", PROGRAM, EXAMPLE.as_uri()]
    process = await asyncio.create_subprocess_exec(
        node, *argv, f"ws://{url}/v1/stream", stdout=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(20):
        told, _ = await process.communicate()
    return json.loads(told)


async def test_the_javascript_example_performs(server: FakeServer) -> None:
    assert await told_by(server.url) == [1, True]
    assert server.of_type("pose")[0]["values"] == {"p3": 0.5}
    assert server.of_type("ack")


async def test_the_javascript_example_goes_where_it_is_sent(server: FakeServer) -> None:
    other = type(server)()
    async with TestServer(other.app()) as running:
        server.sends_on_to = f"ws://127.0.0.1:{running.port}/v1/stream"
        assert await told_by(server.url) == [1, True]
    assert (len(server.hellos), len(other.hellos)) == (1, 1)
