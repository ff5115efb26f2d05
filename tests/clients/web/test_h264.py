"""The browser's own decoder, on what the server's encoder makes."""

import base64
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np
import pytest
from playwright.async_api import Browser

from models.pictures import to_network
from models.planes import to_planes
from server.video import CODEC_STRING, VideoEncoder

pytestmark = pytest.mark.asyncio(loop_scope="session")
Call = Callable[..., Awaitable[Any]]

WIDTH, HEIGHT = 64, 32
VIDEO = {"codec": "h264-alpha", "codec_string": CODEC_STRING, "width": WIDTH, "height": HEIGHT}

DECODING = """async (m, video, frames) => {
    const got = {pictures: [], troubles: [], starved: 0, hopeless: []};
    const decoder = m.createDecoder(video, {
        onPicture: (picture, frame) => got.pictures.push({picture, frame: frame.frame}),
        onTrouble: (why) => got.troubles.push(why),
        onStarved: () => got.starved++,
        onHopeless: (why) => got.hopeless.push(why),
    });
    const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    frames = frames.map(({data, ...rest}) => ({...rest, data: bytes(data)}));
    const settle = async (count) => {
        for (let wait = 0; wait < 100 && got.pictures.length < count; wait++)
            await new Promise((done) => setTimeout(done, 20));
    };
    const pixel = (picture, x, y) => {
        const size = [picture.displayWidth ?? picture.width, picture.displayHeight ?? picture.height];
        const shown = new OffscreenCanvas(...size).getContext('2d');
        shown.drawImage(picture, 0, 0);
        return [...shown.getImageData(x, y, 1, 1).data];
    };
    const told = ({frame, picture}) => [frame, picture.displayWidth ?? picture.width];
    return (%s)({decoder, frames, got, settle, pixel, told});
}"""


def frames(count: int, *, stacked: bool = True) -> list[dict[str, Any]]:
    """Frames numbered from 1: the left half is half a coral, the right half nothing, or over white."""
    pixels = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    encoder = VideoEncoder(0.9)
    made = []
    for number in range(1, count + 1):
        pixels[:, : WIDTH // 2] = (240, 100, 40 + number, 128)
        packed = to_planes(to_network(pixels)[None], stacked=stacked)[0].numpy()
        encoded = encoder.encode(packed, key=False)
        data = base64.b64encode(encoded.data).decode()
        made.append({"frame": number, "key": encoded.key, "data": data})
    return made


async def test_every_frame_comes_out_at_once_with_its_transparency(call: Call) -> None:
    function = """async ({decoder, frames, got, settle, pixel, told}) => {
        for (const [index, frame] of frames.entries()) { decoder.push(frame); await settle(index + 1); }
        const {picture} = got.pictures.at(-1);
        return [got.pictures.map(told), picture.height, pixel(picture, 8, 8), pixel(picture, 56, 8)];
    }"""
    told, height, left, right = await call("decoder.js", DECODING % function, VIDEO, frames(5))
    assert told == [[number, WIDTH] for number in range(1, 6)]
    assert height == HEIGHT
    assert left == pytest.approx([240, 100, 45, 128], abs=6)
    assert right == pytest.approx([0, 0, 0, 0], abs=1)


async def test_an_opaque_stream_is_over_its_background(call: Call) -> None:
    function = """async ({decoder, frames, got, settle, pixel, told}) => {
        decoder.push(frames[0]);
        await settle(1);
        const [first] = got.pictures;
        return [told(first), pixel(first.picture, 8, 8), pixel(first.picture, 56, 8)];
    }"""
    video = {**VIDEO, "codec": "h264"}
    told, left, right = await call("decoder.js", DECODING % function, video, frames(1, stacked=False))
    assert told == [1, WIDTH]
    # Half a colour over white, mixed in linear light.
    assert left == pytest.approx([248, 196, 189, 255], abs=4)
    assert right == pytest.approx([255, 255, 255, 255], abs=2)


async def test_nothing_is_shown_before_a_keyframe_and_one_is_asked_for(call: Call) -> None:
    function = """async ({decoder, frames, got, settle}) => {
        decoder.push(frames[1]);
        decoder.push(frames[2]);
        const starved = got.starved;
        decoder.push(frames[0]);
        decoder.push(frames[1]);
        await settle(2);
        return [starved, got.pictures.map(({frame}) => frame), got.troubles];
    }"""
    assert await call("decoder.js", DECODING % function, VIDEO, frames(3)) == [2, [1, 2], []]


GIVING_UP = """async ({decoder, frames, got}) => {
    const decode = VideoDecoder.prototype.decode;
    if (%s) VideoDecoder.prototype.decode = () => {};
    const data = %s;
    for (let attempt = 0; attempt < 100; attempt++) {
        decoder.push({frame: attempt, key: true, data});
        await new Promise((done) => setTimeout(done, 5));
    }
    VideoDecoder.prototype.decode = decode;
    return [got.troubles, got.hopeless, got.pictures.length];
}"""


@pytest.mark.parametrize(
    ("silent", "data"),
    [
        ("false", "new Uint8Array([0, 0, 0, 1, 9, 9])"),
        ("false", "new Uint8Array(9)"),
        ("true", "frames[0].data"),
    ],
    ids=["it is given no keyframe", "it is given nothing at all", "nothing comes out"],
)
async def test_a_decoder_that_fails_again_and_again_is_given_up(call: Call, silent: str, data: str) -> None:
    function = GIVING_UP % (silent, data)
    troubles, hopeless, shown = await call("decoder.js", DECODING % function, VIDEO, frames(1))
    assert troubles == ["The video could not be decoded."] * 2
    assert hopeless == ["This browser cannot decode the video: still pictures are shown instead."]
    assert shown == 0


async def test_after_a_failure_a_keyframe_brings_the_picture_back(call: Call) -> None:
    function = """async ({decoder, frames, got, settle}) => {
        decoder.push({frame: 1, key: true, data: new Uint8Array([0, 0, 0, 1, 9, 9, 9])});
        await new Promise((done) => setTimeout(done, 100));
        decoder.push(frames[0]);
        await settle(1);
        return [got.troubles.length, got.pictures.map(({frame}) => frame), got.hopeless];
    }"""
    assert await call("decoder.js", DECODING % function, VIDEO, frames(1)) == [1, [1], []]


async def test_a_closed_decoder_is_silent(call: Call) -> None:
    function = """async ({decoder, frames, got}) => {
        decoder.push(frames[0]);
        decoder.close();
        decoder.push(frames[1]);
        await new Promise((done) => setTimeout(done, 100));
        return got.pictures.length + got.troubles.length + got.starved;
    }"""
    assert await call("decoder.js", DECODING % function, VIDEO, frames(2)) == 0


async def test_a_browser_that_takes_the_full_range_for_the_narrow_one_is_given_stills(
    browser: Browser, site: str
) -> None:
    function = """async ({decoder, frames, got, settle}) => {
        decoder.push(frames[0]);
        decoder.push(frames[1]);
        await new Promise((done) => setTimeout(done, 200));
        return [got.pictures.length, got.troubles, got.hopeless];
    }"""
    page = await (await browser.new_context()).new_page()
    await page.goto(f"{site}/web/icon.svg")
    offers = "async () => (await import('/web/js/h264.js')).playableVideo()"
    assert await page.evaluate(offers) == ["h264-alpha", "h264"]
    await page.evaluate(
        """Object.defineProperty(VideoFrame.prototype, "colorSpace", {
            get: () => new VideoColorSpace({primaries: "bt709", transfer: "bt709", matrix: "bt709", fullRange: false}),
        })"""  # noqa: E501
    )
    told = await page.evaluate(
        f"async (given) => ({DECODING % function})(await import('/web/js/decoder.js'), ...given)",
        [VIDEO, frames(2)],
    )
    assert told == [
        0,
        [],
        ["This browser shows the colours of video wrongly: still pictures are shown instead."],
    ]
    await page.reload()
    assert await page.evaluate(offers) == []  # which is remembered, for this version of the browser
    await page.context.close()


async def test_this_browser_shows_both_video_codecs(call: Call) -> None:
    assert await call("h264.js", "m => m.playableVideo()") == ["h264-alpha", "h264"]


@pytest.mark.parametrize(
    ("lacking", "playable"),
    [
        ("delete globalThis.VideoDecoder", []),
        ("VideoDecoder.isConfigSupported = async () => ({supported: false})", []),
        (
            "for (const one of [OffscreenCanvas, HTMLCanvasElement]) one.prototype.getContext = () => null",
            ["h264"],
        ),
    ],
)
async def test_a_browser_that_lacks_something_offers_less(
    browser: Browser, site: str, lacking: str, playable: list[str]
) -> None:
    page = await browser.new_page()
    await page.add_init_script(lacking)
    await page.goto(f"{site}/web/icon.svg")
    assert await page.evaluate("async () => (await import('/web/js/h264.js')).playableVideo()") == playable
    await page.close()
