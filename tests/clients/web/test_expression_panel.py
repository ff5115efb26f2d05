import json
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from played import Server

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture
def address(site: str) -> str:
    return f"{site}/?character=a"


async def _opened(page: Page, server: Server, address: str) -> None:
    await server.install(page)
    await page.goto(address)
    await page.click("[data-pane=expressions]")
    await expect(page.locator("[data-value=mouth_aaa]")).to_have_text("0.00")


async def test_a_key_brings_an_expression_in_steps_and_takes_it_away(
    page: Page, server: Server, address: str
) -> None:
    await _opened(page, server, address)
    await page.locator("#fade").select_option("600")
    await page.keyboard.press("9")
    await expect(page.locator("[data-expression=Aaa]")).to_have_attribute("aria-pressed", "true")
    await server.until("pose", lambda message: message["values"] == {"mouth_aaa": 1})
    way = [m["values"]["mouth_aaa"] for m in server.of("pose") if list(m["values"]) == ["mouth_aaa"]]
    assert way == sorted(way)
    assert any(0 < value < 1 for value in way)
    await expect(page.locator("[data-value=mouth_aaa]")).to_have_text("0.00")  # the pose beneath is untouched
    await page.keyboard.press("9")
    await server.until("pose", lambda message: message["values"] == {"mouth_aaa": 0})


async def test_a_key_that_is_typed_into_a_field_brings_nothing(
    page: Page, server: Server, address: str
) -> None:
    await _opened(page, server, address)
    await page.locator("#expression-name").press("9")
    await expect(page.locator("#expression-name")).to_have_value("9")
    await expect(page.locator("[aria-pressed=true]")).to_have_count(0)


async def test_a_pose_is_saved_as_an_expression_and_still_there_after_a_reload(
    page: Page, server: Server, address: str
) -> None:
    await _opened(page, server, address)
    await page.click("[data-pane=pose]")
    await page.locator("[data-parameter=mouth_aaa]").fill("0.5")
    await page.click("[data-pane=expressions]")
    await page.fill("#expression-name", "Half")
    await page.press("#expression-name", "Enter")
    await expect(page.locator("#expression-note")).to_have_text("“Half” is saved.")
    await page.reload()
    await expect(page.locator("[data-expression=Half]")).to_be_visible()
    kept = await page.evaluate("JSON.parse(localStorage.getItem('bunraku.expressions')).list.at(-1)")
    assert kept == {"name": "Half", "values": {"mouth_aaa": 0.5}}


async def test_a_pose_at_rest_is_no_expression(page: Page, server: Server, address: str) -> None:
    await _opened(page, server, address)
    await page.fill("#expression-name", "Nothing")
    await page.press("#expression-name", "Enter")
    await expect(page.locator("#expression-note")).to_contain_text("The pose is at rest")


async def test_expressions_go_out_as_a_file_and_come_back(
    page: Page, server: Server, address: str, tmp_path: Path
) -> None:
    await _opened(page, server, address)
    async with page.expect_download() as coming:
        await page.click("[data-do=export]")
    path = tmp_path / "expressions.json"
    await (await coming.value).save_as(path)
    assert len(json.loads(path.read_text())["list"]) == 9
    path.write_text(json.dumps({"fade": 0, "list": [{"name": "Only", "values": {"head_x": 1}}]}))
    await page.locator("#pane-expressions input[type=file]").set_input_files(path)
    await expect(page.locator("#expressions li")).to_have_count(1)
    await page.click("[data-expression=Only]")
    await server.until("pose", lambda message: message["values"] == {"head_x": 1})
    path.write_text("nothing")
    await page.locator("#pane-expressions input[type=file]").set_input_files(path)
    await expect(page.locator("#expression-note")).to_have_text("This file is not JSON.")
    await expect(page.locator("#expressions li")).to_have_count(1)
