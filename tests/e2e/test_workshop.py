"""The workshop's page in Chromium, on the real server, with a real distillation of a few steps."""

import io
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from PIL import Image, ImageDraw
from playwright.async_api import Page, expect

from models.folders import BUILT_IN
from server.bench import running_server

pytestmark = pytest.mark.asyncio(loop_scope="session")

PATIENT = 30_000  # milliseconds
LEARNING = 400_000  # a few steps, where other work leaves little of the machine


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def workshop(tmp_path_factory: pytest.TempPathFactory, system_folder: Path) -> AsyncIterator[str]:
    """The address of a server of its own, with the built-in characters and one full system."""
    folder = tmp_path_factory.mktemp("workshop")
    shutil.copytree(BUILT_IN, folder, dirs_exist_ok=True)
    arguments = (
        "--characters",
        str(folder),
        "--teachers",
        str(system_folder.parent),
        "--scan-seconds",
        "0.5",
    )
    async with running_server(*arguments) as address:
        yield address


@pytest.fixture
def drawing() -> dict[str, object]:
    """A figure on a plain ground, 400 by 500, with its head about (200, 110) and 120 large."""
    image = Image.new("RGB", (400, 500), "#cfe0ea")
    pen = ImageDraw.Draw(image)
    pen.rectangle((110, 165, 290, 500), fill="#335577")
    pen.ellipse((140, 50, 260, 170), fill="#f0c8a8")
    out = io.BytesIO()
    image.save(out, "PNG")
    return {"name": "me.png", "mimeType": "image/png", "buffer": out.getvalue()}


async def prepared(page: Page, x: int, y: int) -> list[int]:
    """A pixel of what the teacher will see."""
    pixel = await page.evaluate(
        """([x, y]) => {
            const brush = document.querySelector("#prepared canvas").getContext("2d");
            return [...brush.getImageData(x, y, 1, 1).data];
        }""",
        [x, y],
    )
    assert isinstance(pixel, list)
    return pixel


async def choose(page: Page, address: str, drawing: dict[str, object]) -> None:
    await page.goto(address)
    await page.get_by_role("link", name="Make a character").click()
    await expect(page.locator("#drop")).to_be_visible(timeout=PATIENT)
    await page.locator("#drop input").set_input_files(drawing)  # type: ignore[arg-type]
    await expect(page.locator("#placing")).to_be_visible(timeout=PATIENT)


async def settled(page: Page) -> None:
    await page.wait_for_timeout(900)  # longer than the page waits for the hand to rest
    await expect(page.locator("#placing")).not_to_have_attribute("aria-busy", "true", timeout=PATIENT)


async def size(page: Page) -> float:
    box = await page.locator("#square").bounding_box()
    assert box is not None
    return box["width"]


async def test_the_head_is_placed_by_hand_and_by_key(
    page: Page, workshop: str, drawing: dict[str, object]
) -> None:
    await choose(page, workshop, drawing)
    assert (await prepared(page, 5, 5))[3] == 0  # the plain ground is gone
    square = page.locator("#square")
    box = await square.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.mouse.move(x + 40, y + 30, steps=4)
    await page.mouse.up()
    moved = await square.bounding_box()
    assert moved is not None
    assert (moved["x"] - box["x"], moved["y"] - box["y"]) == pytest.approx((40, 30), abs=1)
    await settled(page)
    assert "The head was guessed" not in await page.locator("#said").inner_text()
    before = await size(page)
    await square.press("+")
    assert await size(page) == pytest.approx(before * 1.02, rel=0.01)
    corner = await page.locator("#square i").nth(3).bounding_box()
    assert corner is not None
    await page.mouse.move(corner["x"] + 20, corner["y"] + 20)
    await page.mouse.down()
    await page.mouse.move(corner["x"] + 45, corner["y"] + 45, steps=4)
    await page.mouse.up()
    assert await size(page) == pytest.approx(before * 1.02 + 25, abs=2)
    await page.locator("[name=remove-background]").set_checked(False, force=True)
    await settled(page)
    await expect(page.locator("#said .wrong").first).to_contain_text("no transparent background")
    assert (await prepared(page, 256, 5))[3] == 255


async def test_a_picture_is_posed_at_once(
    page: Page, workshop: str, drawing: dict[str, object], http: aiohttp.ClientSession
) -> None:
    await choose(page, workshop, drawing)
    await page.get_by_label("A posed picture, at once").check()
    await page.locator("[name=name]").fill("My Own")
    await page.get_by_role("button", name="Make it").click()
    await page.wait_for_url("**/?character=my-own", timeout=PATIENT)
    async with http.get(f"{workshop}/v1/characters/my-own") as response:
        made = await response.json()
    assert (made["name"], made["kind"]) == ("My Own", "teacher")


@pytest.mark.timeout(900)
async def test_a_student_learns_from_a_puppet_is_driven_meanwhile_and_performs_in_the_end(
    page: Page, workshop: str
) -> None:
    await page.goto(f"{workshop}/workshop")
    await page.get_by_label("From a character").check()
    await page.locator(".teacher", has_text="Tsubaki").click()
    await expect(page.locator("[name=name]")).to_have_value("Tsubaki\u2019s student")
    # The shortest time that the page offers is five minutes: long for a test.
    await page.evaluate("document.querySelector('[name=minutes] option').value = '0.5'")
    await page.locator("[name=minutes]").select_option("0.5")
    await page.get_by_role("button", name="Begin to teach").click()
    job = page.locator(".job", has_text="student")
    await expect(job).to_have_attribute("data-state", "running", timeout=PATIENT)
    await expect(job.locator(".live canvas")).to_be_visible(timeout=LEARNING)
    await expect(page.locator("html")).to_have_attribute("data-frames", re.compile("[1-9]"), timeout=PATIENT)
    await job.locator("[data-face=smile]").click()
    await expect(job).to_have_attribute("data-state", "done", timeout=LEARNING)
    await expect(job.locator("[data-picture='samples.png'] img")).to_be_visible(timeout=PATIENT)
    await expect(job.locator(".figures")).to_contain_text("dB")
    await job.get_by_role("button", name="Perform").click()
    await expect(page.locator("#character-name")).to_have_text("Tsubaki\u2019s student", timeout=PATIENT)
