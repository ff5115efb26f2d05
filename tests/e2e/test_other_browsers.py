"""The real pages in Firefox and in WebKit, which Safari is built of, on the real server."""

import asyncio
import base64
import io
from collections.abc import AsyncIterator

import numpy as np
import pytest
import pytest_asyncio
from PIL import Image

from drivers import Tab, lacking, opened

pytestmark = pytest.mark.asyncio(loop_scope="session")

BLOCK = 16
"""Pixels over which colours are averaged: a codec's noise goes, a colour that is off stays."""
NEAR = 5
CODEC = "document.querySelector('#form').textContent.split(' ').at(-1)"
PIXELS = "document.querySelector('#picture').toDataURL()"
DRAWN = "Number(document.documentElement.dataset.frames ?? 0)"


@pytest_asyncio.fixture(loop_scope="session", scope="module", params=["firefox", "webkit"], autouse=True)
async def tab(request: pytest.FixtureRequest) -> AsyncIterator[Tab]:
    missing = lacking().get(request.param)
    if missing:
        pytest.skip(f"Not installed: {missing}.")
    async with opened(request.param) as running:
        yield running


async def until(tab: Tab, condition: str) -> None:
    for _ in range(200):
        if await tab.run(condition):
            return
        await asyncio.sleep(0.1)
    seen = await tab.run("[document.body.innerText, document.documentElement.dataset]")
    raise AssertionError(f"never {condition}: {seen}")


async def pixels(tab: Tab) -> np.ndarray:
    """The picture on the page, float64 (h, w, 4), 0 to 255."""
    address = await tab.run(PIXELS)
    png = base64.b64decode(address.removeprefix("data:image/png;base64,"))
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGBA")).astype(float)


async def at_rest(tab: Tab, address: str, codec: str) -> np.ndarray:
    """The picture of a character that does not move, once it does not change any more."""
    await tab.go(f"{address}/web/icon.svg")
    await tab.run("localStorage.clear()")
    await tab.go(f"{address}/?character=dora&size=128&quality=1{codec}")
    await until(tab, f"{DRAWN} > 0")
    await tab.run("document.querySelector('#settings [name=idle]:checked')?.click()")
    last = np.zeros(0)
    for _ in range(40):
        await asyncio.sleep(0.4)
        shown = await pixels(tab)
        if np.array_equal(shown, last):
            return shown
        last = shown
    raise AssertionError("the picture does not come to rest")


def blocks(picture: np.ndarray) -> np.ndarray:
    """Means of blocks of the picture over grey, (n, n, 3)."""
    alpha = picture[..., 3:] / 255
    over = picture[..., :3] * alpha + 128 * (1 - alpha)
    count = len(over) // BLOCK
    means: np.ndarray = over.reshape(count, BLOCK, count, BLOCK, 3).mean((1, 3))
    return means


async def test_what_the_browser_is_given_by_itself_has_the_colours_of_png(tab: Tab, address: str) -> None:
    exact = await at_rest(tab, address, "&codec=png")
    assert await tab.run(CODEC) == "png"
    shown = await at_rest(tab, address, "")
    assert await tab.run(CODEC) in ("h264-alpha", "webp")
    assert np.ptp(blocks(exact)) > 100  # there are colours to be off
    assert np.abs(blocks(shown) - blocks(exact)).max() < NEAR


async def test_a_pose_is_answered_and_its_latency_told(tab: Tab, address: str) -> None:
    rest = await at_rest(tab, address, "")
    await tab.run("document.querySelector('[data-preset=aaa]').click()")
    slide = "document.querySelector('[data-parameter=head_y]')"
    await tab.run(f"(({slide}).value = 1, ({slide}).dispatchEvent(new Event('input', {{bubbles: true}})))")
    await until(tab, "/[1-9]/.test(document.querySelector('#latency').textContent)")
    for _ in range(100):
        if np.abs(blocks(await pixels(tab)) - blocks(rest)).max() > 2 * NEAR:
            return
        await asyncio.sleep(0.1)
    raise AssertionError("the picture does not move")


async def test_a_viewer_shows_the_figure_on_nothing(tab: Tab, address: str) -> None:
    await tab.go(f"{address}/view?character=dora&size=128")
    await until(tab, f"{DRAWN} > 2")
    alpha = (await pixels(tab))[..., 3]
    assert alpha.min() == 0
    assert alpha.max() > 250
    assert await tab.run("getComputedStyle(document.body).backgroundColor") == "rgba(0, 0, 0, 0)"


async def test_a_recording_is_saved_or_told_to_be_empty(tab: Tab, address: str) -> None:
    await at_rest(tab, address, "")
    await tab.run("document.querySelector('#record').click()")
    await until(tab, "document.querySelector('#record-clock').textContent >= '0:01'")
    await tab.run("document.querySelector('#record').click()")
    # WebKit's films are empty where it finds no encoder that suits it.
    firefox = await tab.run("navigator.userAgent.includes('Firefox')")
    told = "/ is saved\\./" if firefox else "/ is saved\\.|came out empty/"
    await until(tab, f"{told}.test(document.querySelector('#record-note').textContent)")
