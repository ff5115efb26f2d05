"""Four sessions that are tracked beside a fifth that is driven by poses: what the fifth loses by them."""

from __future__ import annotations

import asyncio
import itertools
import os
import time
from collections.abc import Sequence
from functools import partial
from statistics import median
from typing import TypedDict

import aiohttp

from server.bench import percentile
from server.performing import Answers, Heard, Plan, performing, say

NEIGHBOURS = 4
PICTURES = 10.0
"""A second, of each neighbour."""
_ROUNDS = 3
_WARM_SECONDS = 1.0


class Row(TypedDict):
    """The fifth session beside four others, the median of three rounds.

    Latency is from sending a pose to receiving its frame. `tracked`: answers that the four had, a second.
    `cores`: the share of all cores that these took.
    """

    beside: str
    fps: float
    p50_ms: float
    p95_ms: float
    tracked: float
    cores: float


class _Session(Answers):
    def clear(self) -> None:
        super().clear()
        self.tracked = 0

    def note(self, heard: Heard) -> None:
        super().note(heard)
        self.tracked += heard.said["type"] == "tracking"


async def bench_neighbours(
    address: str, plan: Plan, pictures: Sequence[bytes], seconds_each: float
) -> list[Row]:
    """The fifth beside four that send ten poses a second, and four that send ten pictures, by turns.

    The four ask for one frame a second either way, so that what they cost is the tracking. `seconds_each` is
    the process time of a picture.
    """
    kinds = {"four driven by poses": None, "four tracked": pictures}
    rounds: dict[str, list[tuple[float, ...]]] = {kind: [] for kind in kinds}
    for _, (kind, sent) in itertools.product(range(_ROUNDS), kinds.items()):
        rounds[kind].append(await _round(address, plan, sent))
    return [_row(kind, found, seconds_each / (os.cpu_count() or 1)) for kind, found in rounds.items()]


def _row(beside: str, rounds: Sequence[tuple[float, ...]], share_each: float) -> Row:
    fps, p50, p95, tracked = (median(column) for column in zip(*rounds, strict=True))
    return Row(beside=beside, fps=fps, p50_ms=p50, p95_ms=p95, tracked=tracked, cores=share_each * tracked)


async def _round(address: str, plan: Plan, pictures: Sequence[bytes] | None) -> tuple[float, ...]:
    """Frames a second, latencies in the middle and at 95%, and answers a second."""
    slow = Plan(plan.characters, plan.poses, PICTURES, plan.size, plan.codec, plan.seconds)
    async with aiohttp.ClientSession() as http:
        others = [_perform(http, address, slow, number, pictures, 1.0) for number in range(NEIGHBOURS)]
        fifth = _perform(http, address, plan, NEIGHBOURS, None, plan.fps)
        *beside, seen = await asyncio.gather(*others, fifth)
    latencies = sorted(seen.latencies)
    answers = sum(one.tracked for one in beside)
    late = percentile(latencies, 0.5), percentile(latencies, 0.95)
    return seen.frames / plan.seconds, *late, answers / plan.seconds


async def _perform(
    http: aiohttp.ClientSession,
    address: str,
    plan: Plan,
    number: int,
    pictures: Sequence[bytes] | None,
    max_fps: float,
) -> _Session:
    seen = _Session()
    send = partial(_send, pictures=pictures, fps=plan.fps) if pictures else None
    async with performing(http, address, plan, number, note=seen.note, send=send, max_fps=max_fps):
        await asyncio.sleep(_WARM_SECONDS)
        seen.clear()
        await asyncio.sleep(plan.seconds)
    return seen


async def _send(socket: aiohttp.ClientWebSocketResponse, pictures: Sequence[bytes], fps: float) -> None:
    due = time.monotonic()
    for seq, picture in enumerate(itertools.cycle(pictures)):
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        await say(socket, type="image", seq=seq, time=1e3 * time.monotonic(), format="jpeg", data=picture)
        due += 1 / fps
