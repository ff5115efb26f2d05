"""The JavaScript example speaks the protocol as the server does."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

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


async def test_the_javascript_example_performs(server: FakeServer) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node.js is not here.")
    argv = [
        "--experimental-websocket",
        "--input-type=module",
        "-e",
        PROGRAM,
        EXAMPLE.as_uri(),
        f"ws://{server.url}/v1/stream",
    ]
    process = await asyncio.create_subprocess_exec(node, *argv, stdout=asyncio.subprocess.PIPE)
    async with asyncio.timeout(20):
        told, _ = await process.communicate()
    assert json.loads(told) == [1, True]
    assert server.of_type("pose")[0]["values"] == {"p3": 0.5}
    assert server.of_type("ack")
