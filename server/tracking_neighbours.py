"""Four sessions that are tracked beside a fifth that is driven by poses: what the fifth loses by them."""

from __future__ import annotations

import asyncio
import itertools
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import TypedDict

import aiohttp

from server.bench import Plan, heard, percentile, say, send_poses
from server.wire import ENCODINGS

_ENCODING = ENCODINGS[0]
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


@dataclass
class _Heard:
    frames: int = 0
    tracked: int = 0
    latencies: list[float] = field(default_factory=list)


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
        others = [_perform(http, address, slow, number, pictures, 1) for number in range(NEIGHBOURS)]
        fifth = _perform(http, address, plan, NEIGHBOURS, None, min(60, plan.fps))
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
) -> _Heard:
    url = f"{address}/v1/stream"
    async with http.ws_connect(url, protocols=[_ENCODING.subprotocol], max_msg_size=0) as socket:
        video = {"codecs": [plan.codec], "size": plan.size, "max_fps": max_fps}
        character = plan.characters[number % len(plan.characters)]
        await say(socket, type="hello", role="perform", character=character, video=video, idle=False)
        work = send_poses(socket, plan, number) if pictures is None else _send(socket, pictures, plan.fps)
        sending = asyncio.create_task(work)
        try:
            return await _listen(socket, plan.seconds)
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            await say(socket, type="bye")


async def _send(socket: aiohttp.ClientWebSocketResponse, pictures: Sequence[bytes], fps: float) -> None:
    due = time.monotonic()
    for seq, picture in enumerate(itertools.cycle(pictures)):
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        await say(socket, type="image", seq=seq, time=1e3 * time.monotonic(), format="jpeg", data=picture)
        due += 1 / fps


async def _listen(socket: aiohttp.ClientWebSocketResponse, seconds: float) -> _Heard:
    found, newest = _Heard(), -1
    begun = time.monotonic() + _WARM_SECONDS
    async for arrived, said in heard(socket, begun + seconds):
        if arrived < begun:
            continue
        found.tracked += said["type"] == "tracking"
        found.frames += said["type"] == "frame"
        if said["type"] == "frame" and said.get("seq", -1) > newest:
            newest = said["seq"]
            found.latencies.append(1e3 * arrived - said["time"])
    return found
