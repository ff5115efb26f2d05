"""Firefox and WebKit, each driven as it offers itself: by WebDriver BiDi, and by WebDriver."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Protocol

import aiohttp

PATIENCE = 60.0
"""Seconds for a browser to start, or to answer."""
MINI_BROWSERS = "*/webkit2gtk-4.1/MiniBrowser"
PREFERENCES = """
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("webgl.force-enabled", true);
"""


class Tab(Protocol):
    """One page of a browser."""

    async def go(self, address: str) -> None:
        """Load a page."""
        ...

    async def run(self, source: str) -> Any:
        """What an expression of JavaScript, or the promise that it is, comes to, as JSON carries it."""
        ...


def lacking() -> dict[str, str]:
    """By browser, what of its Debian packages is not here."""
    needs: dict[str, dict[str, object]] = {
        "firefox": {"firefox-esr": shutil.which("firefox-esr"), "xvfb": shutil.which("Xvfb")},
        "webkit": {
            "webkit2gtk-driver": shutil.which("WebKitWebDriver"),
            "libwebkit2gtk-4.1-0": _mini_browser(),
            "gstreamer1.0-libav": next(Path("/usr/lib").glob("*/gstreamer-1.0/libgstlibav.so"), None),
            "xvfb": shutil.which("Xvfb"),
        },
    }
    found = {name: [package for package, path in each.items() if not path] for name, each in needs.items()}
    return {name: ", ".join(packages) for name, packages in found.items() if packages}


def opened(name: str) -> AbstractAsyncContextManager[Tab]:
    """A browser of its own profile, "firefox" or "webkit", with one tab."""
    return {"firefox": _firefox, "webkit": _webkit}[name]()


class _Firefox:
    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0
        self._tab = ""

    async def begin(self) -> None:
        await self._call("session.new", capabilities={})
        tree = await self._call("browsingContext.getTree")
        self._tab = tree["contexts"][0]["context"]

    async def go(self, address: str) -> None:
        await self._call("browsingContext.navigate", context=self._tab, url=address, wait="complete")

    async def run(self, source: str) -> Any:
        answer = await self._call(
            "script.evaluate",
            expression=f"(async () => JSON.stringify((await ({source})) ?? null))()",
            target={"context": self._tab},
            awaitPromise=True,
            userActivation=True,
        )
        assert answer["type"] == "success", answer
        return json.loads(answer["result"]["value"])

    async def _call(self, method: str, **parameters: Any) -> Any:
        self._number += 1
        await self._socket.send_json({"id": self._number, "method": method, "params": parameters})
        async with asyncio.timeout(PATIENCE):
            while (answer := await self._socket.receive_json()).get("id") != self._number:
                pass
        assert answer["type"] == "success", answer
        return answer["result"]


class _WebKit:
    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http
        self._session = ""

    async def begin(self) -> None:
        browser = {"binary": str(_mini_browser()), "args": ["--automation"]}
        wanted = {"alwaysMatch": {"webkitgtk:browserOptions": browser}}
        self._session = (await self._post("/session", capabilities=wanted))["sessionId"]

    async def end(self) -> None:
        async with self._http.delete(f"/session/{self._session}"):
            pass

    async def go(self, address: str) -> None:
        await self._post(f"/session/{self._session}/url", url=address)

    async def run(self, source: str) -> Any:
        script = (
            "const done = arguments[0];"
            f"(async () => JSON.stringify((await ({source})) ?? null))()"
            ".then(done, (error) => done(`!${error}`));"
        )
        answer = await self._post(f"/session/{self._session}/execute/async", script=script, args=[])
        assert not answer.startswith("!"), answer
        return json.loads(answer)

    async def _post(self, path: str, **body: Any) -> Any:
        async with self._http.post(path, json=body) as response:
            answer = await response.json(content_type=None)
            assert response.status == 200, answer
            return answer["value"]


@asynccontextmanager
async def _firefox() -> AsyncIterator[Tab]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile, _display() as surroundings:
        (Path(profile) / "user.js").write_text(PREFERENCES)
        port = _free_port()
        command = ["firefox-esr", "--no-remote", "--profile", profile, "--remote-debugging-port", str(port)]
        with _running(command, {**surroundings, "MOZ_X11_EGL": "1"}):
            async with aiohttp.ClientSession() as http:
                await _until_open(port)
                address = f"ws://127.0.0.1:{port}/session"
                async with http.ws_connect(address, max_msg_size=0) as socket:
                    tab = _Firefox(socket)
                    await tab.begin()
                    yield tab


@asynccontextmanager
async def _webkit() -> AsyncIterator[Tab]:
    port = _free_port()
    with _display() as surroundings, _running(["WebKitWebDriver", "-p", str(port)], surroundings):
        await _until_open(port)
        patience = aiohttp.ClientTimeout(PATIENCE)
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", timeout=patience) as http:
            tab = _WebKit(http)
            await tab.begin()
            yield tab
            await tab.end()


@contextmanager
def _display() -> Iterator[dict[str, str]]:
    """A screen that nobody sees: the surroundings in which a program finds it, and draws by the processor."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1300x900x24"]
    with subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL) as screen:
        os.close(writing)
        with os.fdopen(reading) as told:
            number = told.readline().strip()
        yield {**os.environ, "DISPLAY": f":{number}", "LIBGL_ALWAYS_SOFTWARE": "1"}
        screen.terminate()


@contextmanager
def _running(command: list[str], surroundings: Mapping[str, str]) -> Iterator[None]:
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, env=surroundings, stdout=quiet, stderr=quiet) as process:
        try:
            yield
        finally:
            process.terminate()


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port: int = asked.getsockname()[1]
        return port


async def _until_open(port: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionRefusedError:
                await asyncio.sleep(0.1)
            else:
                writer.close()
                return


def _mini_browser() -> Path | None:
    return next(Path("/usr/lib").glob(MINI_BROWSERS), None)
