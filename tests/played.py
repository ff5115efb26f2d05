"""A server that is played inside the browser's own network, for the tests of pages."""

import asyncio
import base64
import json
from collections.abc import Callable
from typing import Any

from playwright.async_api import Page, Route, WebSocketRoute

NAMES = [
    "eye_wink_left",
    "eye_wink_right",
    "mouth_aaa",
    "iris_rotation_x",
    "iris_rotation_y",
    "head_x",
    "head_y",
]
MIN = [0, 0, 0, -1, -1, -1, -1]
# One pixel, opaque red.
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"
)


def decoded(received: str | bytes) -> dict[str, Any]:
    """A message of the JSON encoding; one with bytes has them as `data`."""
    if isinstance(received, str):
        return dict(json.loads(received))
    end = 4 + int.from_bytes(received[:4], "little")
    return {**json.loads(received[4:end]), "data": received[end:]}


class Server:
    """Plays `/v1/characters` and `/v1/stream`; keeps what it was told, bytes as `data`."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.sockets: list[WebSocketRoute] = []
        self.track: dict[str, Any] | None = {"type": "tracking", "face": True}
        self.trackers: dict[str, Any] = {"server": True, "browser": True}
        self.refuse: Callable[[dict[str, Any]], tuple[int, dict[str, Any]] | None] = lambda _: None

    async def install(self, page: Page, characters: object = None) -> None:
        listed = [{"id": "a", "name": "Anna", "kind": "student", "preview": "/web/icon.svg"}]

        async def answer(route: Route) -> None:
            await route.fulfill(json=listed if characters is None else characters)

        async def tell(route: Route) -> None:
            await route.fulfill(json=self.trackers)

        await page.route("**/v1/characters", answer)
        await page.route("**/v1/tracking", tell)
        await page.route_web_socket("**/v1/stream", self._accept)

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.heard if message["type"] == kind]

    async def until(
        self, kind: str, fits: Callable[[dict[str, Any]], bool] = lambda _: True
    ) -> dict[str, Any]:
        """The first message of a kind that fits, waited for up to five seconds."""
        for _ in range(100):
            for message in self.of(kind):
                if fits(message):
                    return message
            await asyncio.sleep(0.05)
        raise AssertionError(f"No such {kind} came: {self.of(kind)}")

    def say(self, message: dict[str, Any]) -> None:
        self.sockets[-1].send(json.dumps(message))

    def frame(self, number: int, **fields: object) -> None:
        head = json.dumps({"type": "frame", "frame": number, "key": True, **fields}).encode()
        self.sockets[-1].send(len(head).to_bytes(4, "little") + head + PICTURE)

    def _accept(self, socket: WebSocketRoute) -> None:
        self.sockets.append(socket)
        socket.on_message(lambda text: self._hear(socket, decoded(text)))

    def _hear(self, socket: WebSocketRoute, message: dict[str, Any]) -> None:
        self.heard.append(message)
        if message["type"] == "hello":
            asyncio.get_running_loop().create_task(self._greet(socket, message))
        if message["type"] == "image" and self.track:
            socket.send(json.dumps({**self.track, "seq": message["seq"]}))

    async def _greet(self, socket: WebSocketRoute, hello: dict[str, Any]) -> None:
        refusal = self.refuse(hello)
        if refusal:
            code, error = refusal
            socket.send(json.dumps({"type": "error", "fatal": True, **error}))
            await socket.close(code=code)
            return
        video = {
            "codec": "png",
            "width": 1,
            "height": 1,
            "fps": 30,
            "background": "transparent",
            "alpha": True,
        }
        welcome = {
            "type": "welcome",
            "session": "s1",
            "resume": "secret" if hello["role"] == "perform" else None,
            "character": {"id": "a", "name": "Anna"},
            "video": video,
            "pose": {"names": NAMES, "min": MIN, "max": [1] * 7, "default": [0] * 7},
            "heartbeat_seconds": 15,
            "limits": {"messages_per_second": 240},
        }
        socket.send(json.dumps(welcome))
        self.frame(1)
