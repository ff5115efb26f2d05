"""The real pages in Chromium on the real server."""

import asyncio
import hashlib
import io
import re

import aiohttp
import numpy as np
import pytest
from PIL import Image
from playwright.async_api import Browser, Page, expect

pytestmark = pytest.mark.asyncio(loop_scope="session")

PATIENT = 20_000  # milliseconds: a busy machine of two cores draws a few frames a second


async def pixels(page: Page) -> np.ndarray:
    """The picture on the page, uint8 (h, w, 4)."""
    png = await page.evaluate(
        """async () => {
            const blob = await new Promise((done) => document.querySelector("#picture").toBlob(done));
            return Array.from(new Uint8Array(await blob.arrayBuffer()));
        }"""
    )
    return np.asarray(Image.open(io.BytesIO(bytes(png))).convert("RGBA"))


async def settled(page: Page) -> np.ndarray:
    """The picture once it does not change any more."""
    last = ""
    for _ in range(40):
        await asyncio.sleep(0.4)
        shown = await pixels(page)
        digest = hashlib.sha256(shown.tobytes()).hexdigest()
        if digest == last:
            return shown
        last = digest
    raise AssertionError("the picture does not come to rest")


async def live(page: Page) -> None:
    await expect(page.locator("html")).to_have_attribute("data-state", "live", timeout=PATIENT)
    await expect(page.locator("html")).to_have_attribute("data-frames", re.compile("[1-9]"), timeout=PATIENT)


async def still(page: Page, address: str, character: str = "ada") -> None:
    """Open the poser with a small picture, the same for the same pose, and without idle motion."""
    await page.goto(f"{address}/?character={character}&size=128&codec=png")
    await live(page)
    await page.locator('#settings [name="idle"]').set_checked(False, force=True)


async def slide(page: Page, parameter: str, value: float) -> None:
    await page.locator(f'input[data-parameter="{parameter}"]').fill(str(value))


async def test_a_character_is_chosen_by_its_preview(page: Page, address: str) -> None:
    await page.goto(address)
    card = page.locator('[data-character="bea"]')
    await expect(card).to_be_visible()
    await expect(page.locator("[data-character]")).to_have_count(4)
    await card.click()
    await live(page)
    await expect(page.locator("#character-name")).to_have_text("Sample 1")


async def test_a_slider_changes_the_picture_and_back(page: Page, address: str) -> None:
    await still(page, address)
    rest = await settled(page)
    assert rest.shape == (128, 128, 4)
    await slide(page, "head_x", 1)
    await slide(page, "mouth_aaa", 1)
    moved = await settled(page)
    assert np.abs(rest.astype(int) - moved).max() > 8
    await page.locator("#reset").click()
    np.testing.assert_array_equal(await settled(page), rest)


async def test_dragging_the_picture_turns_the_head(page: Page, address: str) -> None:
    await still(page, address)
    rest = await settled(page)
    box = await page.locator("#picture").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.mouse.move(x + box["width"] / 5, y - box["height"] / 5, steps=5)
    await page.mouse.up()
    turned = await page.locator('input[data-parameter="head_y"]').input_value()
    assert float(turned) < -0.3
    assert np.abs(rest.astype(int) - await settled(page)).max() > 8


async def test_a_second_page_watches_the_same_session(
    browser: Browser, page: Page, address: str, http: aiohttp.ClientSession
) -> None:
    await still(page, address)
    await slide(page, "head_y", 0.8)
    shown = await settled(page)
    link = await viewer_link(page)
    assert "size=128" in link
    context = await browser.new_context()
    viewer = await context.new_page()
    await viewer.goto(f"{link}&codec=png")
    await live(viewer)
    np.testing.assert_array_equal(await settled(viewer), shown)
    assert await viewer.evaluate("getComputedStyle(document.body).backgroundColor") == "rgba(0, 0, 0, 0)"
    async with http.get(f"{address}/metrics") as response:
        assert 'bunraku_sessions{role="watch"} 1.0' in await response.text()
    await slide(page, "head_y", -0.8)
    assert np.abs(shown.astype(int) - await settled(viewer)).max() > 8
    await context.close()


async def viewer_link(page: Page) -> str:
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await page.locator("#viewer-link").click()
    link = await page.evaluate("navigator.clipboard.readText()")
    assert isinstance(link, str)
    return link


async def test_the_overlay_tells_frame_rate_and_latency(page: Page, address: str) -> None:
    await still(page, address)
    await page.locator('#settings [name="overlay"]').set_checked(True, force=True)
    for step in range(10):
        await slide(page, "head_x", step / 10)
        await asyncio.sleep(0.1)
    await expect(page.locator("#latency")).to_have_text(re.compile(r"\d"), timeout=PATIENT)
    await expect(page.locator("#fps")).to_have_text(re.compile(r"\d"))


async def test_the_size_is_up_to_the_server_until_one_is_chosen(page: Page, address: str) -> None:
    await page.goto(f"{address}/?character=ada&codec=png&overlay=1")
    await expect(page.locator("#automatic")).to_have_text(
        re.compile("^Auto: (512|256|128)$"), timeout=PATIENT
    )
    for chosen in ("128", "256"):
        await page.locator(f'#settings [name="size"][value="{chosen}"]').check(force=True)
        await expect(page.locator("#form")).to_contain_text(
            re.compile(rf"^{chosen}\D{chosen}"), timeout=PATIENT
        )
        await expect(page.locator("#automatic")).to_have_text("Auto")
    await page.reload()
    await expect(page.locator("#form")).to_contain_text(re.compile(r"^256\D256"), timeout=PATIENT)


async def test_a_reload_goes_on_with_the_same_session_and_pose(page: Page, address: str) -> None:
    await still(page, address)
    await slide(page, "head_x", 0.9)
    before, link = await settled(page), await viewer_link(page)
    await page.reload()
    await live(page)
    await page.locator('#settings [name="idle"]').set_checked(False, force=True)
    assert await page.locator('input[data-parameter="head_x"]').input_value() == "0.9"
    np.testing.assert_array_equal(await settled(page), before)
    assert await viewer_link(page) == link


async def test_idle_motion_alone_moves_a_viewers_character(page: Page, address: str) -> None:
    await page.goto(f"{address}/view?character=cora&size=128")
    await live(page)
    first = await pixels(page)
    for _ in range(30):
        await asyncio.sleep(0.5)
        if np.abs(first.astype(int) - await pixels(page)).max() > 4:
            return
    raise AssertionError("nothing moved")


async def test_the_poser_works_by_touch_on_a_phone(browser: Browser, address: str) -> None:
    context = await browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, reduced_motion="reduce"
    )
    page = await context.new_page()
    await still(page, address)
    rest = await settled(page)
    await page.locator('[data-preset="laugh"]').tap()
    assert np.abs(rest.astype(int) - await settled(page)).max() > 0
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390
    await context.close()


async def test_a_character_that_is_not_there_is_one_sentence(page: Page, address: str) -> None:
    await page.goto(f"{address}/?character=nobody")
    await expect(page.locator("#status")).to_contain_text("There is no character 'nobody'.", timeout=PATIENT)


def over(picture: np.ndarray, level: int) -> np.ndarray:
    """What a page with a grey background shows: (h, w, 3), as floats."""
    cover = picture[..., 3:] / 255
    return picture[..., :3] * cover + level * (1 - cover)


async def beside(browser: Browser, link: str, codec: str) -> Page:
    """A viewer in another window, with a codec of its own."""
    page = await (await browser.new_context()).new_page()
    await page.goto(f"{link}&codec={codec}&overlay=1")
    await live(page)
    await expect(page.locator("#form")).to_contain_text(codec)
    return page


async def test_video_shows_the_same_picture_as_png_with_its_transparency(
    browser: Browser, page: Page, address: str
) -> None:
    await still(page, address, "dora")
    link = await viewer_link(page)
    exact, video = await beside(browser, link, "png"), await beside(browser, link, "h264-alpha")
    for turn in (0.0, 0.5, -0.6, 0.9):  # a keyframe, and then frames built upon it
        await slide(page, "head_x", turn)
        await asyncio.sleep(0.5)
        wanted, shown = await settled(exact), await settled(video)
        assert shown.shape == wanted.shape
        alpha = np.abs(shown[..., 3].astype(int) - wanted[..., 3])
        clear, edge = wanted[..., 3] == 0, (wanted[..., 3] > 0) & (wanted[..., 3] < 255)
        assert clear.mean() > 0.3
        assert alpha.mean() < 1
        assert shown[..., 3][clear].mean() < 1
        for level in (0, 255):
            error = np.abs(over(shown, level) - over(wanted, level))
            assert error.mean() < 3, (turn, level)
            assert error[edge].mean() < 10, (turn, level)
    await exact.context.close()
    await video.context.close()


async def test_opaque_video_lies_over_the_background_that_is_asked_for(
    browser: Browser, page: Page, address: str
) -> None:
    await still(page, address, "dora")
    link = await viewer_link(page) + "&background=%2330a060"
    exact, video = await beside(browser, link, "png"), await beside(browser, link, "h264")
    wanted, shown = await settled(exact), await settled(video)
    assert (shown[..., 3] == 255).all()
    assert np.abs(over(shown, 0) - over(wanted, 0)).mean() < 3
    assert shown[0, 0, :3].tolist() == pytest.approx([0x30, 0xA0, 0x60], abs=3)
    await exact.context.close()
    await video.context.close()


async def test_a_viewer_that_joins_late_sees_video_at_once(
    browser: Browser, page: Page, address: str
) -> None:
    await page.goto(f"{address}/?character=dora&size=128")  # it moves by itself
    await live(page)
    link = await viewer_link(page)
    first = await beside(browser, link, "h264-alpha")
    await asyncio.sleep(1)
    late = await beside(browser, link, "h264-alpha")
    assert (await pixels(late))[..., 3].max() > 200
    await first.context.close()
    await late.context.close()


@pytest.mark.parametrize(
    ("lacking", "told"),
    [
        ("delete globalThis.VideoDecoder", ""),
        (
            "VideoDecoder.prototype.decode = () => { throw new Error('no'); }",
            "still pictures are shown instead",
        ),
    ],
    ids=["without a decoder", "with one that does not work"],
)
async def test_where_video_cannot_be_shown_pictures_are(
    page: Page, address: str, lacking: str, told: str
) -> None:
    await page.add_init_script(lacking)
    await page.goto(f"{address}/?character=dora&size=128&overlay=1&codec=h264-alpha")
    await expect(page.locator("#status")).to_contain_text(told, timeout=PATIENT)
    await live(page)
    await expect(page.locator("#form")).to_contain_text("webp")
    assert (await pixels(page))[..., 3].max() > 200
