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
Film = list[tuple[float, np.ndarray]]  # of each picture, its time in seconds, and the picture
Record = Callable[..., Awaitable[tuple[list[float], Film]]]
COLOURS = ["red", "green", "blue"]

# Records a canvas of which the left half is coloured and the right half clear: at first red, and after each
# wait, in milliseconds, of the size and the colour that stand beside it.
RECORD = """async (steps) => {
    const {Recorder, isTransparent} = await import("/web/js/recorder.js");
    const canvas = document.createElement("canvas");
    const draw = (size, colour) => {
        canvas.width = canvas.height = size;
        const context = canvas.getContext("2d");
        context.fillStyle = colour;
        context.fillRect(0, 0, size / 2, size);
    };
    draw(256, "#f00");
    const recorder = new Recorder(canvas);
    const began = performance.now(), marks = [];
    for (const [wait, size, colour] of steps) {
        await new Promise((done) => setTimeout(done, wait));
        marks.push((performance.now() - began) / 1000);
        if (size === undefined) continue;
        draw(size, colour);
        recorder.paint();
    }
    const film = await recorder.stop();
    const bytes = [...new Uint8Array(await film.arrayBuffer())];
    return [recorder.suffix, film.type, await isTransparent(film), bytes, marks];
}"""


def read(path: Path) -> Film:
    with av.open(str(path)) as film:
        stream = film.streams.video[0]
        assert stream.metadata.get("alpha_mode") == "1"
        decoder = av.CodecContext.create(f"libvpx{'-vp9' if stream.codec.name == 'vp9' else ''}", "r")
        assert isinstance(decoder, av.VideoCodecContext)
        frames = [frame for packet in film.demux(stream) for frame in decoder.decode(packet)]
        return [(frame.time or 0.0, frame.to_ndarray(format="rgba")) for frame in frames]


@pytest.fixture
def record(page: Page, site: str, tmp_path: Path) -> Record:
    """Records as the steps say; the seconds at which each wait ended, and the film."""

    async def run(*steps: list[object]) -> tuple[list[float], Film]:
        await page.goto(site)
        suffix, kind, transparent, data, marks = await page.evaluate(RECORD, steps)
        assert (suffix, kind, transparent) == ("webm", "video/webm", True)
        path = tmp_path / "film.webm"
        path.write_bytes(bytes(data))
        return marks, read(path)

    return run


def colours(film: Film) -> list[str]:
    """What each picture's left half is; its right half is clear."""
    found = []
    for _, picture in film:
        height, width = picture.shape[:2]
        assert picture[height // 2, 3 * width // 4, 3] < 16
        left = picture[height // 2, width // 4].astype(int)
        assert np.sort(left)[[0, 1]].max() < 16 and np.sort(left)[[2, 3]].min() > 239
        found.append(COLOURS[int(left[:3].argmax())])
    return found


async def test_a_still_picture_is_a_film_as_long_as_it_stood_with_colour_and_transparency(
    record: Record,
) -> None:
    [end], film = await record([1200])
    assert set(colours(film)) == {"red"}
    times = [time for time, _ in film]
    assert [times[0], times[-1]] == pytest.approx([0, end], abs=0.2)
    assert max(np.diff(times)) < 0.9  # seconds for which it stands


async def test_a_film_has_one_size_and_begins_and_ends_with_pictures_that_were_held(record: Record) -> None:
    [green, blue, end], film = await record([600, 128, "#0f0"], [600, 512, "#00f"], [600])
    assert {picture.shape for _, picture in film} == {(512, 512, 4)}
    seen = colours(film)
    assert seen == sorted(seen, key=COLOURS.index)
    begins = [film[seen.index(colour)][0] for colour in COLOURS]
    assert [*begins, film[-1][0]] == pytest.approx([0, green, blue, end], abs=0.2)


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


async def test_a_picture_that_stands_still_makes_a_film(
    page: Page, server: Server, site: str, tmp_path: Path
) -> None:
    await server.install(page)
    await page.goto(f"{site}/?character=a")
    await expect(page.locator("html")).to_have_attribute("data-frames", "1")
    await page.click("[data-pane=record]")
    await page.locator("[name=keep-track]").uncheck()
    await page.click("#record")
    await expect(page.locator("#record-clock")).not_to_have_text("0:00")
    async with page.expect_download() as saved:
        await page.click("#record")
    await (await saved.value).save_as(tmp_path / "film.webm")
    film = read(tmp_path / "film.webm")
    assert film[-1][0] > 0.9
    assert np.abs(film[-1][1][256, 256].astype(int) - (255, 0, 0, 255)).max() < 16


async def test_each_picture_that_is_shown_is_in_the_film(page: Page, server: Server, site: str) -> None:
    await page.add_init_script(
        """window.drawn = 0;
        const { drawImage } = CanvasRenderingContext2D.prototype;
        CanvasRenderingContext2D.prototype.drawImage = function (source, ...rest) {
            if (source.id === "picture") window.drawn += 1;
            return drawImage.call(this, source, ...rest);
        };"""
    )
    await server.install(page)
    await page.goto(f"{site}/?character=a")
    await expect(page.locator("html")).to_have_attribute("data-frames", "1")
    await page.click("[data-pane=record]")
    await page.click("#record")
    for number in range(2, 22):
        server.frame(number)
        await expect(page.locator("html")).to_have_attribute("data-frames", str(number))
    assert await page.evaluate("drawn") > 20


async def test_a_film_that_came_out_empty_is_told_and_not_saved(
    page: Page, server: Server, site: str
) -> None:
    files: list[str] = []
    page.on("download", lambda file: files.append(file.suggested_filename))
    await page.add_init_script(
        """window.MediaRecorder = class extends EventTarget {
            static isTypeSupported() { return true; }
            mimeType = "video/webm";
            stream = { getTracks: () => [] };
            start() {}
            stop() { this.dispatchEvent(new Event("stop")); }
        };"""
    )
    await server.install(page)
    await page.goto(f"{site}/?character=a")
    await page.click("[data-pane=record]")
    await page.click("#record")
    await page.click("#record")
    await expect(page.locator("#record-note")).to_have_text(
        "The film came out empty: this browser made no picture of it."
    )
    await page.wait_for_timeout(200)
    assert [Path(name).suffix for name in files] == [".jsonl"]


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
