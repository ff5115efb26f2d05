from collections.abc import Awaitable, Callable
from typing import Any

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="session")
Call = Callable[..., Awaitable[Any]]

DECODING = """async (m, video) => {
    const canvas = new OffscreenCanvas(4, 2);
    const pen = canvas.getContext('2d');
    pen.fillStyle = 'rgb(255 0 0 / 0.5)';
    pen.fillRect(0, 0, 2, 2);
    const blob = await canvas.convertToBlob({type: `image/${video.codec}`});
    const data = video.codec === 'raw'
        ? pen.getImageData(0, 0, 4, 2).data
        : new Uint8Array(await blob.arrayBuffer());
    const got = {pictures: [], troubles: []};
    const decoder = m.createDecoder(video, {
        onPicture: (picture, frame) => got.pictures.push({picture, frame: frame.frame}),
        onTrouble: (why) => got.troubles.push(why),
    });
    const settle = () => new Promise((done) => setTimeout(done, 100));
    const pixels = (picture) => {
        const shown = new OffscreenCanvas(picture.width, picture.height).getContext('2d');
        shown.drawImage(picture, 0, 0);
        return [picture.width, picture.height, [...shown.getImageData(0, 0, 1, 1).data]];
    };
    return (%s)({decoder, data, got, settle, pixels});
}"""


@pytest.mark.parametrize("codec", ["webp", "png", "raw"])
async def test_a_still_keeps_its_size_and_alpha(call: Call, codec: str) -> None:
    function = """async ({decoder, data, got, settle, pixels}) => {
        decoder.push({frame: 5, data});
        await settle();
        return [got.pictures[0].frame, ...pixels(got.pictures[0].picture)];
    }"""
    frame, width, height, colour = await call(
        "decoder.js", DECODING % function, {"codec": codec, "width": 4, "height": 2}
    )
    assert (frame, width, height) == (5, 4, 2)
    assert colour == pytest.approx([255, 0, 0, 128], abs=3)


async def test_frames_that_pile_up_give_way_to_the_newest(call: Call) -> None:
    function = """async ({decoder, data, got, settle}) => {
        for (let frame = 1; frame <= 9; frame++) decoder.push({frame, data});
        await settle();
        return got.pictures.map((each) => each.frame);
    }"""
    assert await call("decoder.js", DECODING % function, {"codec": "png", "width": 4, "height": 2}) == [1, 9]


async def test_a_broken_frame_is_told_and_the_next_one_comes_through(call: Call) -> None:
    function = """async ({decoder, data, got, settle}) => {
        decoder.push({frame: 1, data: data.subarray(0, 20)});
        await settle();
        decoder.push({frame: 2, data});
        await settle();
        return [got.troubles, got.pictures.map((each) => each.frame)];
    }"""
    told = await call("decoder.js", DECODING % function, {"codec": "png", "width": 4, "height": 2})
    assert told == [["Frame 1 could not be decoded."], [2]]


async def test_a_closed_decoder_is_silent(call: Call) -> None:
    function = """async ({decoder, data, got, settle}) => {
        decoder.push({frame: 1, data});
        decoder.push({frame: 2, data});
        decoder.close();
        await settle();
        return got.pictures.length + got.troubles.length;
    }"""
    assert await call("decoder.js", DECODING % function, {"codec": "png", "width": 4, "height": 2}) == 0


async def test_an_unknown_codec_is_refused_in_one_sentence(call: Call) -> None:
    refuse = "m => { try { m.createDecoder({codec: 'gif'}, {}); } catch (error) { return error.message; } }"
    assert await call("decoder.js", refuse) == "This page cannot decode gif."
