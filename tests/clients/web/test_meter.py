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
            [10, 500, 20].forEach((took, i) => meter.answered(100 * i, 100 * i + took));
            const median = meter.read(1000).latency;
            meter.answered(60000, 60033);
            return [before, median, meter.read(60033).latency, meter.read(65033).latency];
        }""",
    )
    assert latencies == [None, 20, 33, None]  # of long ago it tells nothing
