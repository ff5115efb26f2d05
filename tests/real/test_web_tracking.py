"""Tracking in the browser with the real landmarker, before a made-up camera that plays a recorded clip."""

import gzip
import json
import math
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import av
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import async_playwright, expect

from played import Server
from server.answers import answers
from server.pages import PAGES, add_pages

CLIP = "head-pose-face-detection-female.gif"


@pytest.fixture
def film(real_data: Path, tmp_path: Path) -> Path:
    """The clip as a camera has it: 480 by 270, motion JPEG, at the clip's own pace."""
    path = tmp_path / "camera.mjpeg"
    with av.open(str(real_data / "webcam" / CLIP)) as clip, av.open(str(path), "w", format="mjpeg") as out:
        stream = out.add_stream("mjpeg", rate=12)
        stream.width, stream.height, stream.pix_fmt = 480, 270, "yuvj420p"
        for frame in clip.decode(video=0):
            out.mux(stream.encode(frame.reformat(format="yuvj420p")))
        out.mux(stream.encode(None))
    return path


@pytest_asyncio.fixture
async def site() -> AsyncIterator[str]:
    """The pages under the rules of content that WebAssembly needs."""
    app = web.Application(middlewares=[answers])
    add_pages(app, {"/": "index.html"})
    async with TestServer(app) as running:
        yield f"http://127.0.0.1:{running.port}"


def _recorded(real_data: Path) -> tuple[float, float]:
    """The least and the greatest yaw that MediaPipe in Python saw in the clip, in degrees."""
    yaws = []
    with gzip.open(real_data / "blendshapes" / f"{CLIP}.jsonl.gz", "rt") as lines:
        for line in list(lines)[1:]:
            matrix = json.loads(line).get("matrix")
            if matrix:
                yaws.append(math.degrees(math.atan2(matrix[2], matrix[10])))
    return min(yaws), max(yaws)


async def test_a_head_that_turns_is_seen_to_turn_as_mediapipe_in_python_saw_it(
    real_data: Path, film: Path, site: str
) -> None:
    if not (PAGES / "vendor" / "tasks-vision" / "vision_bundle.mjs").exists():
        pytest.skip("Tracking in the browser is not installed: see clients/web/vendor/README.md.")
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("No Chromium is installed.")
    camera = ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={film}"]
    flags = ["--no-sandbox", "--disable-gpu", "--use-fake-ui-for-media-stream", *camera]
    server = Server()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=flags)
        page = await browser.new_page()
        await server.install(page)
        await page.goto(f"{site}/?character=a")
        await page.click("[data-pane=camera]")
        await page.locator("[value=browser]").check()
        await page.click("[data-do=start]")
        await expect(page.locator("#face-sign")).to_have_text("Face found", timeout=60000)
        for _ in range(60):
            if len(server.of("blendshapes")) > 60:
                break
            await page.wait_for_timeout(500)
        await browser.close()
    faces = server.of("blendshapes")
    assert len(faces[0]["values"]) == 51  # all but tongueOut, without _neutral
    yaws = [face["head"][1] for face in faces]
    least, greatest = _recorded(real_data)
    assert least < -20 < 20 < greatest
    assert (min(yaws), max(yaws)) == (pytest.approx(least, abs=6), pytest.approx(greatest, abs=6))
    assert server.of("image") == []
