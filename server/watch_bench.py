"""One performer, and more and more watchers: what they cost the performer."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import TypedDict

import aiohttp

from server.bench import metrics, percentile
from server.crowd import crowd
from server.performing import Answers, Plan, performing, video

_SETTLE_SECONDS = 1.5


class Row(TypedDict):
    """So many watchers, of the server itself or of so many relays.

    Latency is the performer's, from sending a pose to receiving its frame, in ms. fps: frames that the
    performer got a second. watcher_fps: those that a watcher got, in the mean. cpu, relays_cpu: processor
    seconds of the server and of the relays together in a second.
    """

    watchers: int
    relays: int
    fps: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    watcher_fps: float
    cpu: float
    relays_cpu: float


class _Turns:
    """What was seen with one number of watchers of one kind of place, over all its turns."""

    def __init__(self, places: Sequence[str]) -> None:
        self.places = places
        self.latencies: list[float] = []
        self.seconds = self.counted_seconds = 0.0
        self.watched = self.cpu = self.relays_cpu = 0.0


async def bench_watchers(
    address: str, plan: Plan, counts: Sequence[int], rounds: int, relays: Sequence[str] = ()
) -> list[Row]:
    """A row for each number of watchers; they take turns, `plan.seconds` each, in every round.

    Where there are `relays`, each number watches the server in one turn and the relays in another.
    """
    seen = [(count, _Turns(())) for count in counts]
    seen += [(count, _Turns(relays)) for count in counts if count and relays]
    heard = Answers()
    async with aiohttp.ClientSession() as http, performing(http, address, plan, note=heard.note) as session:
        for count, turns in seen * rounds:
            async with AsyncExitStack() as there:
                places = turns.places or (address,)
                for number, place in enumerate(places):
                    part = count // len(places) + (number < count % len(places))
                    await there.enter_async_context(crowd(place, session, part, video(plan)))
                await asyncio.sleep(_SETTLE_SECONDS)
                await _turn(http, address, plan, turns, heard)
    return [_row(count, turns) for count, turns in seen]


async def _turn(http: aiohttp.ClientSession, address: str, plan: Plan, turns: _Turns, heard: Answers) -> None:
    before, begun = await _counted(http, address, plan, turns.places), time.monotonic()
    heard.clear()
    await asyncio.sleep(plan.seconds)
    turns.latencies += heard.latencies
    turns.seconds += time.monotonic() - begun
    after = await _counted(http, address, plan, turns.places)
    turns.counted_seconds += time.monotonic() - begun  # who is busy answers late
    sent, relayed, cpu, relays_cpu = (now - then for now, then in zip(after, before, strict=True))
    turns.watched += relayed if turns.places else max(0.0, sent - len(heard.latencies))
    turns.cpu += cpu
    turns.relays_cpu += relays_cpu


async def _counted(
    http: aiohttp.ClientSession, address: str, plan: Plan, relays: Sequence[str]
) -> tuple[float, float, float, float]:
    """Frames sent by the server and by the relays, and processor seconds of both."""
    names = (f'bunraku_frames_total{{codec="{plan.codec}"}}', "process_cpu_seconds_total")
    sent, cpu = await metrics(http, address, *names)
    others = [await metrics(http, relay, *names) for relay in relays]
    return sent, sum(one[0] for one in others), cpu, sum(one[1] for one in others)


def _row(count: int, turns: _Turns) -> Row:
    latencies = sorted(turns.latencies)
    return Row(
        watchers=count,
        relays=len(turns.places),
        fps=len(latencies) / turns.seconds,
        p50_ms=percentile(latencies, 0.50),
        p95_ms=percentile(latencies, 0.95),
        p99_ms=percentile(latencies, 0.99),
        watcher_fps=turns.watched / turns.counted_seconds / count if count else math.nan,
        cpu=turns.cpu / turns.counted_seconds,
        relays_cpu=turns.relays_cpu / turns.counted_seconds,
    )
