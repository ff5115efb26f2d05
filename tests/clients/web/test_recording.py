import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from playwright.async_api import Download, Page, expect

from played import Server

pytestmark = pytest.mark.asyncio(loop_scope="session")
Call = Callable[..., Awaitable[Any]]

# Records a canvas whose left half is red and whose right half is clear, for a second.
RECORD = """async (m) => {
    const html = "http://www.w3.org/1999/xhtml";
    const canvas = Object.assign(document.createElementNS(html, "canvas"), {width: 64, height: 64});
    const context = canvas.getContext("2d");
    const draw = () => {
        context.clearRect(0, 0, 64, 64);
        context.fillStyle = "#f00";
        context.fillRect(0, 0, 32, 64);
    };
    draw();
    const recorder = new m.Recorder(canvas);
    const timer = setInterval(draw, 30);
    await new Promise((done) => setTimeout(done, 1000));
    clearInterval(timer);
    const film = await recorder.stop();
    const bytes = [...new Uint8Array(await film.arrayBuffer())];
    return [recorder.suffix, film.type, await m.isTransparent(film), bytes];
}"""


async def test_a_film_keeps_colour_and_transparency(rules: Page, tmp_path: Path) -> None:
    source = f"(async () => ({RECORD})(await import('/web/js/recorder.js')))()"
    suffix, kind, transparent, data = await rules.evaluate(source)
    assert (suffix, kind, transparent) == ("webm", "video/webm", True)
    path = tmp_path / "film.webm"
    path.write_bytes(bytes(data))
    with av.open(str(path)) as film:
        stream = film.streams.video[0]
        assert stream.metadata.get("alpha_mode") == "1"
        decoder = av.CodecContext.create(f"libvpx{'-vp9' if stream.codec.name == 'vp9' else ''}", "r")
        assert isinstance(decoder, av.VideoCodecContext)
        frames = [frame for packet in film.demux(stream) for frame in decoder.decode(packet)]
    pixels = frames[-1].to_ndarray(format="rgba").astype(int)
    assert np.abs(pixels[32, 16] - (255, 0, 0, 255)).max() < 16
    assert pixels[32, 48, 3] < 16


async def test_a_film_without_transparency_is_known_by_its_head(call: Call) -> None:
    told = await call(
        "recorder.js", "(m, head) => m.isTransparent(new Blob([new Uint8Array(head)]))", [0x53, 0xC0, 0x81, 0]
    )
    assert told is False


async def test_who_records_in_a_browser_that_keeps_no_transparency_is_told(
    page: Page, server: Server, site: str
) -> None:
    await page.add_init_script(
        "Blob.prototype.slice = () => new Blob([])"
    )  # nothing is said in the film's head
    await server.install(page)
    await page.goto(f"{site}/?character=a")
    await expect(page.locator("html")).to_have_attribute("data-frames", "1")
    await page.click("[data-pane=record]")
    await page.click("#record")
    await expect(page.locator("#record-clock")).not_to_have_text("0:00")
    for clear, told in ((False, "is saved."), (True, "This browser records no transparency")):
        if clear:
            await page.evaluate("document.querySelector('#picture').getContext('2d').clearRect(0, 0, 1, 1)")
            await page.click("#record")
        await page.click("#record")
        await expect(page.locator("#record-note")).to_contain_text(told)
        whole = await page.locator("#record-note").inner_text()
        assert whole.endswith("is saved.") is not clear


async def test_a_recording_is_a_film_and_a_pose_track_beside_it(
    page: Page, server: Server, site: str, tmp_path: Path
) -> None:
    files: list[Download] = []
    page.on("download", lambda file: files.append(file))
    await server.install(page)
    await page.goto(f"{site}/?character=a")
    await page.click("[data-pane=record]")
    await page.click("#record")
    await expect(page.locator("#record")).to_have_text("Stop recording")
    await page.click("[data-preset=aaa]")
    await server.until("pose", lambda message: message["values"] == {"mouth_aaa": 1})
    server.say({"type": "tracking", "seq": 1, "face": True, "values": [0.25] * 7})
    for number in range(2, 12):
        server.frame(number)
        await page.wait_for_timeout(60)
    await expect(page.locator("#record-clock")).not_to_have_text("0:00")
    await page.click("#record")
    await expect(page.locator("#record-note")).to_contain_text("is saved.")
    await expect(page.locator("#record")).to_have_text("Record")
    names = sorted(file.suggested_filename for file in files)
    assert [Path(name).suffix for name in names] == [".jsonl", ".webm"]
    assert Path(names[0]).stem == Path(names[1]).stem
    await next(file for file in files if file.suggested_filename == names[0]).save_as(tmp_path / "t.jsonl")
    track = [json.loads(line) for line in (tmp_path / "t.jsonl").read_text().splitlines()]
    assert (track[0]["time"], track[0]["values"]["mouth_aaa"]) == (0, 0)
    assert track[1]["time"] > 0
    assert [line["values"] for line in track[1:]] == [{"mouth_aaa": 1}, [0.25] * 7, {}]
    assert track[-1]["time"] > track[-2]["time"] + 500  # it lasts as long as the film


async def test_a_hidden_page_keeps_its_pace_while_it_is_recorded(
    page: Page, server: Server, site: str
) -> None:
    await server.install(page)
    await page.goto(f"{site}/?character=a")
    await expect(page.locator("html")).to_have_attribute("data-frames", "1")
    await page.click("[data-pane=record]")
    await page.click("#record")
    await page.evaluate(
        "Object.defineProperty(document, 'hidden', {value: true, configurable: true});"
        "document.dispatchEvent(new Event('visibilitychange'));"
    )
    assert (await server.until("set"))["video"] == {"max_fps": 30}
