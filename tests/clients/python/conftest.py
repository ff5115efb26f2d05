"""A small server that speaks the protocol by its own code, obeys a test and keeps what it was sent."""

from __future__ import annotations

import asyncio
import io
import json
import struct
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgpack
import pytest
from aiohttp import WSCloseCode, WSMsgType, web
from aiohttp.test_utils import TestServer
from PIL import Image

NAMES = [f"p{index}" for index in range(45)]


class FakeServer:
    """Sends one frame after the welcome and one for each pose, with its `seq` and `time`.

    What a test pushes, cuts or closes is the newest connection.
    """

    def __init__(self) -> None:
        self.hellos: list[dict[str, Any]] = []
        self.received: list[dict[str, Any]] = []
        self.url = ""
        self.heartbeat_seconds = 30.0
        self.refusals: list[tuple[dict[str, Any], int]] = []
        self.sends_on_to: str | None = None
        self.welcome: dict[str, Any] = {}
        self.cut_at_seq: set[int] = set()
        self.mute = False
        self.characters: tuple[str, ...] = ("mika", "rei")
        self.speaks: tuple[str, ...] = ("bunraku.v1.msgpack", "bunraku.v1.json")
        self.closed = asyncio.Event()
        self.peers: list[Peer] = []

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/v1/stream", self._stream)
        app.router.add_get("/v1/characters", self._characters)
        return app

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.received if message["type"] == kind]

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not true():  # noqa: ASYNC110 - the tests wait for many things
                await asyncio.sleep(0.005)

    async def push(self, message: dict[str, Any]) -> None:
        await self.peers[-1].push(message)

    async def push_frame(self, *, skip: int = 0, key: bool = True, **fields: Any) -> None:
        await self.peers[-1].push_frame(skip=skip, key=key, **fields)

    async def close(self, code: int) -> None:
        await self.peers[-1].socket.close(code=code)

    def cut(self) -> None:
        self.peers[-1].cut()

    async def _characters(self, _: web.Request) -> web.Response:
        preview = "/v1/characters/{}/preview.png"
        return web.json_response(
            [
                {"id": i, "name": i.title(), "kind": "student", "preview": preview.format(i)}
                for i in self.characters
            ]
        )

    async def _stream(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=self.speaks, compress=False)
        await socket.prepare(request)
        peer = Peer(self, request, socket)
        self.peers.append(peer)
        async for message in socket:
            if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                await peer.take(_decode(message.data, str(socket.ws_protocol)))
        self.closed.set()
        return socket


class Peer:
    """One connection of the fake server."""

    def __init__(self, server: FakeServer, request: web.Request, socket: web.WebSocketResponse) -> None:
        self.socket = socket
        self._server = server
        self._request = request
        self._number = 0
        self._codec = "webp"
        self._size = 512

    async def push(self, message: dict[str, Any]) -> None:
        raw = _encode(message, str(self.socket.ws_protocol))
        await (self.socket.send_str(raw) if isinstance(raw, str) else self.socket.send_bytes(raw))

    async def push_frame(self, *, skip: int = 0, key: bool = True, **fields: Any) -> None:
        self._number += 1 + skip
        stages = {"queue": 1.0, "render": 2.0, "encode": 3.5}
        head = {"type": "frame", "frame": self._number, "key": key, "stages": stages, **fields}
        await self.push({**head, "data": picture(self._codec, self._size, self._number)})

    def cut(self) -> None:
        """Break the connection without a word."""
        assert self._request.transport is not None
        self._request.transport.abort()

    async def take(self, message: dict[str, Any]) -> None:
        self._server.received.append(message)
        if not self._server.mute:
            await self._answer(message["type"], message)

    async def _answer(self, kind: str, message: dict[str, Any]) -> None:
        if kind == "hello":
            await self._greet(message)
        elif kind == "pose" and message["seq"] in self._server.cut_at_seq:
            self._server.cut_at_seq.discard(message["seq"])
            self.cut()
        elif kind == "pose":
            await self.push_frame(seq=message["seq"], time=message.get("time"))
        elif kind == "keyframe":
            await self.push_frame(key=True)
        elif kind == "ping":
            await self.push({"type": "pong", "time": message["time"], "server_time": 1.0})
        elif kind == "bye":
            await self.socket.close(code=WSCloseCode.OK)

    async def _greet(self, hello: dict[str, Any]) -> None:
        self._server.hellos.append(hello)
        if self._server.sends_on_to is not None:
            url = self._server.sends_on_to
            await self.push({"type": "bye", "reason": "moved", "reconnect": True, "url": url})
            await self.socket.close(code=WSCloseCode.OK)
            return
        if self._server.refusals:
            error, code = self._server.refusals.pop(0)
            await self.push({"type": "error", "fatal": True, **error})
            await self.socket.close(code=code)
            return
        self._codec, self._size = hello["video"]["codecs"][0], hello["video"]["size"]
        await self.push({**self._welcome(hello), **self._server.welcome})
        await self.push_frame()

    def _welcome(self, hello: dict[str, Any]) -> dict[str, Any]:
        performer = {"resume": f"secret-{len(self._server.hellos)}"} if hello["role"] == "perform" else {}
        video = {"codec": self._codec, "width": self._size, "height": self._size, "fps": 30}
        pose = {"names": NAMES, "min": [-1.0] * 45, "max": [1.0] * 45, "default": [0.0] * 45}
        return {
            "type": "welcome",
            "session": hello.get("session", "s1"),
            "character": {"id": hello.get("character", "mika"), "name": "Mika"},
            "video": video,
            "pose": pose,
            "heartbeat_seconds": self._server.heartbeat_seconds,
            "limits": {"max_fps": 60},
            "server": "test",
            **performer,
        }


def picture(codec: str, size: int, number: int) -> bytes:
    """A plain picture whose red tells the number."""
    colour = (number % 256, 20, 30, 255)
    if codec == "raw":
        return bytes(colour) * size * size
    if codec not in ("webp", "jpeg", "png"):
        return b"\x00\x00\x00\x01" + bytes([number % 256])
    mode, shown = ("RGB", colour[:3]) if codec == "jpeg" else ("RGBA", colour)
    out = io.BytesIO()
    Image.new(mode, (size, size), shown).save(out, codec)
    return out.getvalue()


def _encode(message: dict[str, Any], subprotocol: str) -> bytes | str:
    if subprotocol == "bunraku.v1.msgpack":
        packed: bytes = msgpack.packb(message)
        return packed
    head = json.dumps({name: value for name, value in message.items() if name != "data"})
    if "data" not in message:
        return head
    data: bytes = message["data"]
    return struct.pack("<I", len(head.encode())) + head.encode() + data


def _decode(raw: bytes | str, subprotocol: str) -> dict[str, Any]:
    if subprotocol == "bunraku.v1.msgpack":
        message: dict[str, Any] = msgpack.unpackb(raw)
        return message
    if isinstance(raw, str):
        text: dict[str, Any] = json.loads(raw)
        return text
    length = int.from_bytes(raw[:4], "little")
    head: dict[str, Any] = json.loads(raw[4 : 4 + length])
    return head | {"data": raw[4 + length :]}


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    fake = FakeServer()
    async with TestServer(fake.app()) as running:
        fake.url = f"127.0.0.1:{running.port}"
        yield fake
