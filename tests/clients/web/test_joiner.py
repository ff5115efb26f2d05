from collections.abc import Awaitable, Callable
from typing import Any

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="session")
Call = Callable[..., Awaitable[Any]]

# Two pixels side by side: colour above, alpha below.
JOINING = """async (m, above, below) => {
    const pen = new OffscreenCanvas(2, 2).getContext('2d', {willReadFrequently: true});
    const stacked = new ImageData(new Uint8ClampedArray([...above.flat(), ...below.flat()]), 2, 2);
    pen.putImageData(stacked, 0, 0);
    const frame = new VideoFrame(pen.canvas, {timestamp: 0});
    const joiner = new m.Joiner(2, 1);
    const joined = joiner.join(frame);
    joiner.close();
    const shown = new OffscreenCanvas(2, 1).getContext('2d');
    if (%r) { shown.fillStyle = %r; shown.fillRect(0, 0, 2, 1); }
    shown.drawImage(joined, 0, 0);
    return [joined.width, joined.height, frame.codedWidth, [...shown.getImageData(0, 0, 2, 1).data]];
}"""


def grey(level: int) -> list[int]:
    return [level, level, level, 255]


async def test_colour_above_and_alpha_below_become_one_picture(call: Call) -> None:
    above, below = [[200, 100, 50, 255], [100, 50, 25, 255]], [grey(255), grey(128)]
    width, height, closed, shown = await call("joiner.js", JOINING % ("", ""), above, below)
    assert (width, height, closed) == (2, 1, 0)
    assert shown[:4] == pytest.approx([200, 100, 50, 255], abs=1)
    assert shown[4:] == pytest.approx([199, 100, 50, 128], abs=2)


async def test_soft_edges_are_neither_dark_nor_bright_over_any_background(call: Call) -> None:
    white = [[128, 128, 128, 255]] * 2, [grey(128)] * 2
    over_white = (await call("joiner.js", JOINING % ("over", "#ffffff"), *white))[3]
    over_black = (await call("joiner.js", JOINING % ("over", "#000000"), *white))[3]
    assert over_white[:3] == pytest.approx([255, 255, 255], abs=1)
    assert over_black[:3] == pytest.approx([128, 128, 128], abs=1)


async def test_colour_that_spilled_over_an_edge_does_not_shine(call: Call) -> None:
    above, below = [[90, 0, 40, 255], [255, 60, 0, 255]], [grey(0), grey(51)]
    shown = (await call("joiner.js", JOINING % ("over", "#000000"), above, below))[3]
    assert shown[:3] == [0, 0, 0]
    assert shown[4:7] == pytest.approx([51, 51, 0], abs=1)


async def test_joiners_that_were_closed_leave_room_for_others(call: Call) -> None:
    many = """async (m) => {
        const pen = new OffscreenCanvas(2, 2).getContext('2d');
        const first = new m.Joiner(2, 1);
        for (let turn = 0; turn < 40; turn++) new m.Joiner(2, 1).close();
        return first.join(new VideoFrame(pen.canvas, {timestamp: 0})).width;
    }"""
    assert await call("joiner.js", many) == 2


async def test_a_joiner_that_lost_the_graphics_card_says_so(call: Call) -> None:
    lost = """(m) => {
        const pen = new OffscreenCanvas(2, 2).getContext('2d');
        const joiner = new m.Joiner(2, 1);
        joiner.close();
        const frame = new VideoFrame(pen.canvas, {timestamp: 0});
        try { joiner.join(frame); } catch (error) { return [error.message, frame.codedWidth]; }
    }"""
    assert await call("joiner.js", lost) == ["The graphics context is lost.", 0]


async def test_alpha_is_luma_whatever_colour_spilled_into_it(call: Call) -> None:
    above, below = [grey(0)] * 2, [[110, 98, 90, 255], grey(100)]
    shown = (await call("joiner.js", JOINING % ("", ""), above, below))[3]
    assert shown[3] == shown[7] == 100


async def test_a_joiner_that_was_prepared_is_taken_once_and_may_be_given_back(call: Call) -> None:
    turns = """async (m) => {
        m.takeJoiner(2, 1).close(); // which an earlier test may have left
        let made = 0;
        const getContext = OffscreenCanvas.prototype.getContext;
        OffscreenCanvas.prototype.getContext = function (...kind) { made += kind[0] === 'webgl'; return getContext.apply(this, kind); };
        const counts = [];
        const count = (value) => { counts.push(made); return value; };
        const able = count(m.prepareJoiner());
        const first = count(m.takeJoiner(2, 1)), second = count(m.takeJoiner(4, 2));
        m.giveBack(first);
        m.prepareJoiner();
        const third = count(m.takeJoiner(6, 3));
        third.close();
        m.giveBack(third);
        const fourth = count(m.takeJoiner(2, 1));
        OffscreenCanvas.prototype.getContext = getContext;
        for (const one of [second, fourth]) one.close();
        return [able, counts, first === third, fourth === third];
    }"""  # noqa: E501
    assert await call("joiner.js", turns) == [True, [1, 1, 2, 2, 3], True, False]


async def test_a_joiner_that_was_given_back_makes_whole_pictures_of_another_size(call: Call) -> None:
    resized = """async (m) => {
        const grey = (width, height) => {
            const pen = new OffscreenCanvas(width, height).getContext('2d');
            pen.fillStyle = '#ffffff';
            pen.fillRect(0, 0, width, height);
            return new VideoFrame(pen.canvas, {timestamp: 0});
        };
        m.prepareJoiner();
        const small = m.takeJoiner(2, 1);
        small.join(grey(2, 2)).close();
        m.giveBack(small);
        const large = m.takeJoiner(32, 16), joined = large.join(grey(32, 32));
        const shown = new OffscreenCanvas(32, 16).getContext('2d');
        shown.drawImage(joined, 0, 0);
        large.close();
        const bytes = [...shown.getImageData(0, 0, 32, 16).data];
        return [joined.width, joined.height, bytes.every((byte) => byte > 250)];
    }"""
    assert await call("joiner.js", resized) == [32, 16, True]


async def test_a_browser_with_webgl_on_a_page_s_canvas_only_joins_there(call: Call) -> None:
    page_only = """async (m) => {
        const getContext = OffscreenCanvas.prototype.getContext;
        OffscreenCanvas.prototype.getContext = function (...kind) { return kind[0] === 'webgl' ? null : getContext.apply(this, kind); };
        const pen = new OffscreenCanvas(2, 2).getContext('2d');
        pen.fillStyle = '#808080';
        pen.fillRect(0, 0, 2, 2);
        const page = document.implementation.createHTMLDocument();
        const create = document.createElement;
        document.createElement = (name) => page.createElement(name); // the page of the tests is a drawing
        const joiner = new m.Joiner(2, 1);
        const first = joiner.join(new VideoFrame(pen.canvas, {timestamp: 0}));
        pen.clearRect(0, 0, 2, 2);
        const second = joiner.join(new VideoFrame(pen.canvas, {timestamp: 1}));
        document.createElement = create;
        OffscreenCanvas.prototype.getContext = getContext;
        const shown = new OffscreenCanvas(2, 1).getContext('2d');
        const seen = [];
        for (const joined of [await first, await second]) {
            shown.clearRect(0, 0, 2, 1);
            shown.drawImage(joined, 0, 0);
            seen.push([...shown.getImageData(0, 0, 1, 1).data]);
        }
        return seen;
    }"""  # noqa: E501
    first, second = await call("joiner.js", page_only)
    assert first == pytest.approx([255, 255, 255, 128], abs=2)
    assert second == [0, 0, 0, 0]
