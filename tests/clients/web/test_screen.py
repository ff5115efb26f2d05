"""What makes the page an application: its manifest, the screen, and its shape on phones."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from played import Server

pytestmark = pytest.mark.asyncio(loop_scope="session")

LOCK = """
window.locks = [];
Object.defineProperty(navigator, "wakeLock", { value: { request: async (kind) => {
    const lock = { kind, released: false, release: async () => { lock.released = true; } };
    window.locks.push(lock);
    return lock;
} } });
"""


@pytest_asyncio.fixture(loop_scope="session")
async def phone(browser: Browser) -> AsyncIterator[Page]:
    context = await browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, reduced_motion="reduce"
    )
    yield await context.new_page()
    await context.close()


async def test_the_manifest_names_icons_that_are_there(page: Page, site: str) -> None:
    await page.goto(site)
    link = await page.locator("link[rel=manifest]").get_attribute("href")
    async with aiohttp.ClientSession() as http:
        async with http.get(f"{site}{link}") as answer:
            manifest = await answer.json(content_type=None)
        assert (manifest["start_url"], manifest["display"]) == ("/", "standalone")
        assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}
        for icon in manifest["icons"]:
            async with http.get(f"{site}{icon['src']}") as answer:
                assert answer.content_type == "image/svg+xml"
        # Apple's home screens take no drawing, and no icon of a manifest.
        apple = await page.locator("link[rel=apple-touch-icon]").get_attribute("href")
        async with http.get(f"{site}{apple}") as answer:
            assert answer.content_type == "image/png"
            assert (await answer.read()).startswith(b"\x89PNG")


async def test_the_screen_stays_awake_while_live_and_seen(page: Page, server: Server, site: str) -> None:
    await page.add_init_script(LOCK)
    await server.install(page)
    await page.goto(f"{site}/?character=a")
    await expect(page.locator("html")).to_have_attribute("data-state", "live")
    released = "window.locks.map((lock) => lock.released)"
    assert await page.evaluate(released) == [False]
    await page.click("#change-character")
    assert await page.evaluate(released) == [True]


async def test_a_viewer_keeps_the_screen_awake_too(page: Page, server: Server, site: str) -> None:
    await page.add_init_script(LOCK)
    await server.install(page)
    await page.goto(f"{site}/view?session=s1")
    await expect(page.locator("html")).to_have_attribute("data-state", "live")
    assert await page.evaluate("window.locks.map((lock) => lock.kind)") == ["screen"]


async def test_the_picture_fills_the_screen_on_wish_and_comes_back(
    page: Page, server: Server, site: str
) -> None:
    await server.install(page)
    await page.goto(f"{site}/?character=a")
    await page.click("#full-screen")
    await expect(page.locator("#stage:fullscreen")).to_have_count(1)
    await page.click("#full-screen")
    await expect(page.locator("#stage:fullscreen")).to_have_count(0)


@pytest.mark.parametrize("width", [320, 360, 375])
async def test_nothing_is_wider_than_a_small_phone(
    phone: Page, server: Server, site: str, width: int
) -> None:
    await phone.set_viewport_size({"width": width, "height": 640})
    await server.install(phone)
    await phone.goto(f"{site}/?character=a")
    await expect(phone.locator("html")).to_have_attribute("data-state", "live")
    for pane in ("pose", "camera", "expressions", "record"):
        await phone.click(f"[data-pane={pane}]")
        assert await phone.evaluate("document.scrollingElement.scrollWidth") == width


@pytest.mark.parametrize(("width", "height"), [(390, 844), (844, 390), (667, 375), (820, 1180), (1180, 820)])
async def test_every_pane_fits_across_the_screen_with_the_picture_in_sight(
    phone: Page, server: Server, site: str, width: int, height: int
) -> None:
    await phone.set_viewport_size({"width": width, "height": height})
    await server.install(phone)
    await phone.goto(f"{site}/?character=a")
    await expect(phone.locator("html")).to_have_attribute("data-state", "live")
    for pane in ("pose", "camera", "expressions", "record"):
        await phone.click(f"[data-pane={pane}]")
        assert await phone.evaluate("document.documentElement.scrollWidth") <= width
        box = await phone.locator("#stage").bounding_box()
        assert box is not None
        assert box["width"] >= 240 and box["height"] >= 150
        await expect(phone.locator("#stage")).to_be_in_viewport()
