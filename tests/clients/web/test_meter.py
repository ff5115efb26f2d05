from collections.abc import Awaitable, Callable
from typing import Any

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="session")
Call = Callable[..., Awaitable[Any]]


async def test_the_rate_counts_the_last_two_seconds(call: Call) -> None:
    rates = await call(
        "meter.js",
        """m => {
            const meter = new m.Meter();
            for (let i = 0; i < 90; i++) meter.shown(i * 1000 / 30);
            return [meter.read(2999).fps, meter.read(4000).fps, meter.read(9000).fps, meter.total];
        }""",
    )
    assert rates == [pytest.approx(30, abs=0.5), pytest.approx(15, abs=0.5), 0, 90]


async def test_the_latency_is_the_median_of_fresh_ones(call: Call) -> None:
    latencies = await call(
        "meter.js",
        """m => {
            const meter = new m.Meter();
            const before = meter.read(0).latency;
            const answer = (seq, time, took) => {
                meter.sent(seq, time);
                meter.answered({seq, time}, time + took);
            };
            [10, 500, 20].forEach((took, i) => answer(i, 100 * i, took));
            const median = meter.read(1000).latency;
            answer(3, 60000, 33);
            return [before, median, meter.read(60033).latency, meter.read(65033).latency];
        }""",
    )
    assert latencies == [None, 20, 33, None]  # of long ago it tells nothing


async def test_only_the_first_frame_of_a_pose_that_was_sent_here_tells_a_latency(call: Call) -> None:
    told = await call(
        "meter.js",
        """m => {
            const meter = new m.Meter();
            for (const seq of [1, 2, 3]) meter.sent(seq, 100 * seq);
            const shown = [
                {seq: 2, time: 90000}, {}, {seq: 9, time: 200}, {seq: 2, time: 200}, {seq: 2, time: 200},
                {seq: 1, time: 100}, {seq: 3, time: 300},
            ];
            return shown.map((frame) => meter.answered(frame, 1000));
        }""",
    )
    assert told == [None, None, None, 800, None, None, 700]


async def test_poses_that_no_frame_shows_are_forgotten(call: Call) -> None:
    told = await call(
        "meter.js",
        """m => {
            const meter = new m.Meter();
            for (let seq = 1; seq <= 1000; seq++) meter.sent(seq, seq);
            const answered = (seq) => meter.answered({seq, time: seq}, 2000);
            return [meter.left.size, answered(1), answered(999)];
        }""",
    )
    assert told == [256, None, 1001]
