"""The page before a camera that shows a recorded clip, on the real server with the real face model."""

import asyncio
import gzip
import json
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import av
import numpy as np
import pytest
import pytest_asyncio
from numpy.typing import NDArray
from playwright.async_api import Page, WebSocket, async_playwright, expect

from models.blendshapes import head_angles, to_pose
from models.character import save_character
from models.pose import INDEX
from models.sample import sample_character
from played import decoded
from server.bench import running_server

pytest.importorskip("mediapipe", reason="The package mediapipe is not installed.")

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MODEL = Path("mediapipe") / "face_landmarker.task"
VENDOR = Path(__file__).parents[2] / "clients" / "web" / "vendor" / "tasks-vision"
TURNING = "head-pose-face-detection-female.gif"
PATIENT = 60_000  # milliseconds
RATE = 10  # pictures of the film in a second
GREY = 10
TURN = 106  # pictures of the film
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--use-fake-ui-for-media-stream",
]

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Heard:
    """What page and server said to each other over the stream, in its order."""

    def __init__(self, page: Page) -> None:
        self.said: list[tuple[str, dict[str, Any]]] = []
        self.troubles: list[str] = []
        page.on("websocket", self._listen)
        page.on("console", lambda line: self._told(line.type, line.text))
        page.on("pageerror", lambda error: self.troubles.append(str(error)))

    def _told(self, kind: str, text: str) -> None:
        if kind == "error" and not text.startswith("INFO:"):  # by MediaPipe, of itself
            self.troubles.append(text)

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framesent", lambda data: self.said.append(("page", decoded(data))))
        socket.on("framereceived", lambda data: self.said.append(("server", decoded(data))))

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [message for _, message in self.said if message["type"] == kind]

    def poses(self) -> NDArray[np.float64]:
        """The poses (n, 45) of the pictures in which a face was seen."""
        return np.array([message["values"] for message in self.of("tracking") if message["face"]])

    def most_unanswered(self) -> int:
        most = waiting = 0
        for who, message in self.said:
            waiting += (who, message["type"]) == ("page", "image")
            waiting -= (who, message["type"]) == ("server", "tracking")
            most = max(most, waiting)
        return most


def film(clips: list[Path], path: Path, rate: int) -> Path:
    """The clips as a file that Chromium takes for a camera and plays in a circle: YUV4MPEG, 320 by 240.

    Before each of them stand ten grey pictures.
    """
    with av.open(str(path), "w", format="yuv4mpegpipe") as out:
        stream = out.add_stream("wrapped_avframe", rate=rate)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for number, picture in enumerate(pictures(clips)):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, rate)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def pictures(clips: list[Path]) -> Iterator[NDArray[np.uint8]]:
    """RGB pictures of 320 by 240, narrower or lower ones on grey."""
    grey = np.full((240, 320, 3), 128, np.uint8)
    for clip in clips:
        yield from [grey] * GREY
        with av.open(str(clip)) as source:
            for frame in source.decode(video=0):
                height = min(240, round(320 * frame.height / frame.width))
                picture = grey.copy()
                picture[:height] = frame.reformat(320, height, "rgb24").to_ndarray()
                yield picture


def recorded(real_data: Path, clip: str) -> NDArray[np.float32]:
    """The poses of a clip as MediaPipe saw it before, where it saw a face."""
    with gzip.open(real_data / "blendshapes" / f"{clip}.jsonl.gz", "rt") as lines:
        names = json.loads(next(lines))["names"]
        looks = [line for line in map(json.loads, lines) if line["blendshapes"]]
    return np.array(
        [
            to_pose(
                dict(zip(names, look["blendshapes"], strict=True)),
                head_angles(np.reshape(look["matrix"], (4, 4))),
            )
            for look in looks
        ]
    )


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def address(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """A server that sees faces."""
    folder = tmp_path_factory.mktemp("characters")
    for number, name in enumerate(("ada", "bea")):  # with one alone there is no choice
        save_character(sample_character(name, number), folder / name)
    async with running_server("--characters", str(folder), "--face-model", str(real_data / MODEL)) as running:
        yield running


@pytest.fixture(scope="module")
def chromium() -> str:
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found is None:
        pytest.skip("No Chromium is installed.")
    return found


@pytest.fixture(scope="module")
def camera(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """A camera that shows a head that turns, and then a face that is not there at first."""
    clips = [real_data / "webcam" / name for name in (TURNING, "asl_bird.mkv")]
    shown = film(clips, tmp_path_factory.mktemp("camera") / "camera.y4m", RATE)
    return [*FLAGS, "--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={shown}"]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def page(chromium: str, camera: list[str]) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=camera)
        yield await browser.new_page()
        await browser.close()


async def opened(page: Page, address: str, tracker: str) -> Heard:
    """Do as a person does: choose the character, then the camera, then how it is tracked, and begin."""
    heard = Heard(page)
    await page.goto(f"{address}/?size=128&fps=10&codec=png")
    await page.click("[data-character=ada]", timeout=PATIENT)
    await expect(page.locator("html")).to_have_attribute("data-state", "live", timeout=PATIENT)
    await page.click("[data-pane=camera]")
    await page.locator(f"[value={tracker}]").check()
    await page.click("[data-do=start]")
    return heard


async def performed(page: Page, heard: Heard, kind: str) -> None:
    """Wait until a whole turn of the film went by, during which the face was lost and found."""
    sign = page.locator("#face-sign")
    for state in ("Face found", "Face lost", "Face found"):
        await expect(sign).to_have_text(state, timeout=PATIENT)
    for _ in range(PATIENT // 200):
        if len(heard.of(kind)) > TURN:
            return
        await asyncio.sleep(0.2)
    raise AssertionError(f"{len(heard.of(kind))} messages of {kind} came.")


async def test_a_performer_before_a_camera_is_followed_lost_and_found_by_the_server(
    page: Page, address: str, real_data: Path
) -> None:
    heard = await opened(page, address, "server")
    await performed(page, heard, "tracking")
    await page.click("[data-do=stop]")
    assert heard.troubles == []
    assert heard.most_unanswered() == 1
    images, answers = heard.of("image"), heard.of("tracking")
    assert [one["seq"] for one in answers] == [one["seq"] for one in images][: len(answers)]
    assert {one["face"] for one in answers} == {True, False}
    turn, was = heard.poses()[:, INDEX["head_y"]], recorded(real_data, TURNING)[:, INDEX["head_y"]]
    assert was.min() < -0.9 < 0.9 < was.max()
    assert turn.min() < -0.7 < 0.7 < turn.max()
    frames = [frame for frame in heard.of("frame") if frame.get("seq") in {one["seq"] for one in images}]
    assert len({frame["data"] for frame in frames}) > 20  # and the character is drawn so


async def test_a_performer_who_is_tracked_in_the_browser_sends_no_picture(
    page: Page, address: str, real_data: Path
) -> None:
    if not (VENDOR / "vision_bundle.mjs").exists():
        pytest.skip("Tracking in the browser is not installed: see clients/web/vendor/README.md.")
    heard = await opened(page, address, "browser")
    await performed(page, heard, "blendshapes")
    await page.click("[data-do=stop]")
    assert heard.troubles == []
    assert heard.of("image") == []
    faces = heard.of("blendshapes")
    poses = np.array([to_pose(face["values"], tuple(face["head"])) for face in faces])
    turn = poses[:, INDEX["head_y"]]
    assert turn.min() < -0.9 < 0.9 < turn.max()
    sent = {face["seq"] for face in faces}
    assert len({frame["data"] for frame in heard.of("frame") if frame.get("seq") in sent}) > 20


class Tabs:
    """Chromium's tabs by its own protocol, since Playwright keeps every page visible."""

    def __init__(self, http: aiohttp.ClientSession, address: str) -> None:
        self.http = http
        self.address = address

    async def open(self, url: str) -> dict[str, str]:
        """Open a tab before all others."""
        async with self.http.put(f"{self.address}/json/new?{quote(url, safe=':/?=&')}") as response:
            return dict(await response.json())

    async def run(self, tab: dict[str, str], script: str) -> Any:
        """What a script comes to in a tab."""
        async with self.http.ws_connect(tab["webSocketDebuggerUrl"]) as socket:
            given = {"expression": script, "awaitPromise": True, "returnByValue": True}
            await socket.send_json({"id": 1, "method": "Runtime.evaluate", "params": given})
            return (await socket.receive_json())["result"]["result"].get("value")

    async def until(self, tab: dict[str, str], script: str) -> None:
        for _ in range(PATIENT // 200):
            if await self.run(tab, script):
                return
            await asyncio.sleep(0.2)
        raise AssertionError(script)


@asynccontextmanager
async def tabs(chromium: str, flags: list[str], folder: Path) -> AsyncIterator[Tabs]:
    options = ["--headless=new", "--remote-debugging-port=0", f"--user-data-dir={folder}"]
    process = await asyncio.create_subprocess_exec(chromium, *flags, *options, stderr=asyncio.subprocess.PIPE)
    try:
        assert process.stderr is not None
        while b"DevTools listening on ws://" not in (line := await process.stderr.readline()):
            assert line, "Chromium did not start."
        async with aiohttp.ClientSession() as http:
            yield Tabs(http, f"http://{line.decode().split('ws://')[1].split('/')[0]}")
    finally:
        process.terminate()
        await process.communicate()


async def test_a_performer_whose_tab_is_hidden_is_tracked_on(
    chromium: str, camera: list[str], address: str, tmp_path: Path
) -> None:
    async with tabs(chromium, camera, tmp_path) as browser:
        tab = await browser.open(f"{address}/?character=bea&size=128")
        await browser.until(tab, "document.documentElement.dataset.state === 'live'")
        await browser.run(tab, "document.querySelector('[data-do=start]').click()")
        await browser.until(tab, "document.querySelector('#pane-camera').dataset.face === 'found'")
        await browser.open("about:blank")
        await browser.until(tab, "document.hidden")
        before = await metric(browser.http, address, "bunraku_tracking_seconds_count")
        for state in ("lost", "found", "lost", "found"):  # a page whose timers rest would send one a second
            await browser.until(tab, f"document.querySelector('#pane-camera').dataset.face === '{state}'")
        tracked = await metric(browser.http, address, "bunraku_tracking_seconds_count") - before
        assert await browser.run(tab, "document.visibilityState") == "hidden"
        assert tracked > 30


async def metric(http: aiohttp.ClientSession, address: str, name: str) -> float:
    async with http.get(f"{address}/metrics") as response:
        rows = (await response.text()).splitlines()
    return next(float(row.split()[-1]) for row in rows if row.startswith(f"{name} "))
