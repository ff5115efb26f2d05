"""What the server's tests share: a fast engine, a running server, and a client straight on aiohttp."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

import aiohttp
import torch

from models.character import Character
from models.engine import Request
from server.service import Service
from server.wire import ENCODINGS, Encoding

HEAD_X, HEAD_Y = 39, 40


class FlatEngine:
    """Draws one opaque colour a picture: red says head_x, green head_y, blue the character."""

    name = "flat"
    device = torch.device("cpu")

    def __init__(self) -> None:
        self.loaded: dict[str, Character] = {}
        self.batches: list[list[Request]] = []
        self.threads: set[str] = set()
        self.failing = False
        self.gate = threading.Event()
        self.gate.set()

    def load(self, character: Character) -> int:
        self.loaded[character.id] = character
        return 1000

    def unload(self, character: str) -> None:
        self.loaded.pop(character, None)

    def draw(self, requests: Sequence[Request]) -> list[torch.Tensor]:
        self.gate.wait(10)
        self.threads.add(threading.current_thread().name)
        if self.failing:
            raise RuntimeError("the device is on fire")
        self.batches.append(list(requests))
        return [self._picture(request) for request in requests]

    def _picture(self, request: Request) -> torch.Tensor:
        self.loaded[request.character]
        picture = torch.ones(4, request.view.height, request.view.width)
        picture[0] = float(request.pose[HEAD_X])
        picture[1] = float(request.pose[HEAD_Y])
        picture[2] = (hash(request.character) % 1000) / 500 - 1
        return picture


class Peer:
    """A client written straight on aiohttp."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, encoding: Encoding) -> None:
        self.socket = socket
        self.encoding = encoding

    @property
    def transport(self) -> asyncio.Transport:
        """The bare connection: to pause it, as a hung program does, or to cut it."""
        connection = self.socket._response.connection
        assert connection is not None
        transport = connection.transport
        assert isinstance(transport, asyncio.Transport)
        return transport

    async def say(self, kind: str, **fields: Any) -> None:
        raw = self.encoding.encode({"type": kind, **fields})
        await (self.socket.send_str(raw) if isinstance(raw, str) else self.socket.send_bytes(raw))

    async def hear(self, kind: str, seconds: float = 5.0) -> dict[str, Any]:
        """The next message of that type; others are passed over."""
        async with asyncio.timeout(seconds):
            while (fields := await self.hear_any())["type"] != kind:
                pass
            return fields

    async def hear_any(self) -> dict[str, Any]:
        """The next message."""
        message = await self.socket.receive()
        assert message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY), message
        fields = self.encoding.decode(message.data)
        assert isinstance(fields, dict)
        return fields

    async def hear_close(self, seconds: float = 5.0) -> int | None:
        """The close code; messages before it are passed over."""
        async with asyncio.timeout(seconds):
            while not self.socket.closed:
                await self.socket.receive()
        return self.socket.close_code

    async def perform(self, character: str = "ada", **fields: Any) -> dict[str, Any]:
        fields.setdefault("video", {"size": 128, "codecs": ["raw"]})
        fields.setdefault("idle", False)
        await self.say("hello", role="perform", character=character, **fields)
        return await self.hear("welcome")

    async def watch(self, session: str, **fields: Any) -> dict[str, Any]:
        fields.setdefault("video", {"size": 128, "codecs": ["raw"]})
        await self.say("hello", role="watch", session=session, **fields)
        return await self.hear("welcome")


class House:
    """A running server, and as many clients as a test wants."""

    def __init__(self, service: Service, address: str, http: aiohttp.ClientSession) -> None:
        self.service = service
        self.address = address
        self.http = http
        self.peers: list[Peer] = []

    def close(self) -> None:
        """Cut off every client: one that is left to the garbage collector may warn, in any test."""
        for peer in self.peers:
            peer.socket._response.close()

    async def peer(self, encoding: Encoding = ENCODINGS[0], **options: Any) -> Peer:
        socket = await self.http.ws_connect(
            f"{self.address}/v1/stream", protocols=[encoding.subprotocol], max_msg_size=0, **options
        )
        # Kept, since a socket that is forgotten is closed.
        self.peers.append(Peer(socket, encoding))
        return self.peers[-1]

    async def metric(self, line: str) -> float:
        async with self.http.get(f"{self.address}/metrics") as response:
            for row in (await response.text()).splitlines():
                name, _, value = row.rpartition(" ")
                if name == line:
                    return float(value)
        raise AssertionError(f"no metric {line}")


OpenHouse = Callable[..., AbstractAsyncContextManager[House]]
