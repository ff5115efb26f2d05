"""One performer, and more and more watchers: what they cost the performer."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Sequence
from typing import TypedDict

import aiohttp

from server.bench import metrics, percentile
from server.crowd import crowd
from server.performing import Answers, Plan, performing, video

_SETTLE_SECONDS = 1.5


class Row(TypedDict):
    """So many watchers. Latency is the performer's, from sending a pose to receiving its frame, in ms.

    fps: frames that the performer got a second. watcher_fps: those that a watcher got, in the mean.
    cpu: processor seconds of the server in a second.
    """

    watchers: int
    fps: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    watcher_fps: float
    cpu: float


class _Turns:
    """What was seen with one number of watchers, over all its turns."""

    def __init__(self) -> None:
        self.latencies: list[float] = []
        self.seconds = self.sent = self.cpu = 0.0


async def bench_watchers(address: str, plan: Plan, counts: Sequence[int], rounds: int) -> list[Row]:
    """A row for each number of watchers; they take turns, `plan.seconds` each, in every round."""
    seen = {count: _Turns() for count in counts}
    heard = Answers()
    async with aiohttp.ClientSession() as http, performing(http, address, plan, note=heard.note) as session:
        for count in [*counts] * rounds:
            async with crowd(address, session, count, video(plan)):
                await asyncio.sleep(_SETTLE_SECONDS)
                await _turn(http, address, plan, seen[count], heard)
    return [_row(count, turns) for count, turns in seen.items()]


async def _turn(http: aiohttp.ClientSession, address: str, plan: Plan, turns: _Turns, heard: Answers) -> None:
    names = (f'bunraku_frames_total{{codec="{plan.codec}"}}', "process_cpu_seconds_total")
    before, begun = await metrics(http, address, *names), time.monotonic()
    heard.clear()
    await asyncio.sleep(plan.seconds)
    turns.latencies += heard.latencies
    turns.seconds += time.monotonic() - begun
    after = await metrics(http, address, *names)
    turns.sent += after[0] - before[0]
    turns.cpu += after[1] - before[1]


def _row(count: int, turns: _Turns) -> Row:
    latencies = sorted(turns.latencies)
    watched = max(0.0, turns.sent - len(latencies))
    return Row(
        watchers=count,
        fps=len(latencies) / turns.seconds,
        p50_ms=percentile(latencies, 0.50),
        p95_ms=percentile(latencies, 0.95),
        p99_ms=percentile(latencies, 0.99),
        watcher_fps=watched / turns.seconds / count if count else math.nan,
        cpu=turns.cpu / turns.seconds,
    )
