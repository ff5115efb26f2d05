"""One performer, and more and more watchers: what they cost the performer."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypedDict

import aiohttp

from server.bench import Plan, metric, percentile, say, send_poses, unpaced
from server.crowd import crowd
from server.settings import SettingsError
from server.wire import ENCODINGS

_ENCODING = ENCODINGS[0]
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
    async with aiohttp.ClientSession() as http, performing(http, address, plan) as (session, heard):
        for count in [*counts] * rounds:
            async with crowd(address, session, count, unpaced(plan)):
                await asyncio.sleep(_SETTLE_SECONDS)
                await _turn(http, address, plan, seen[count], heard)
    return [_row(count, turns) for count, turns in seen.items()]


async def _turn(
    http: aiohttp.ClientSession, address: str, plan: Plan, turns: _Turns, heard: list[float]
) -> None:
    names = (f'bunraku_frames_total{{codec="{plan.codec}"}}', "process_cpu_seconds_total")
    before, begun = [await metric(http, address, name) for name in names], time.monotonic()
    heard.clear()
    await asyncio.sleep(plan.seconds)
    turns.latencies += heard
    turns.seconds += time.monotonic() - begun
    after = [await metric(http, address, name) for name in names]
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


@asynccontextmanager
async def performing(
    http: aiohttp.ClientSession, address: str, plan: Plan
) -> AsyncIterator[tuple[str, list[float]]]:
    """Perform while the block runs; gives the session's id, and a list to which latencies are added."""
    url = f"{address}/v1/stream"
    async with http.ws_connect(url, protocols=[_ENCODING.subprotocol], max_msg_size=0) as socket:
        character = plan.characters[0]
        await say(socket, type="hello", role="perform", character=character, video=unpaced(plan), idle=False)
        welcome: Any = _ENCODING.decode((await socket.receive()).data)
        if welcome["type"] != "welcome":
            raise SettingsError(f"The server refused: {welcome.get('message', 'it gave no reason.')}")
        heard: list[float] = []
        tasks = [asyncio.create_task(work) for work in (send_poses(socket, plan, 0), _hear(socket, heard))]
        try:
            yield welcome["session"], heard
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _hear(socket: aiohttp.ClientWebSocketResponse, heard: list[float]) -> None:
    newest = -1
    async for message in socket:
        arrived = 1e3 * time.monotonic()
        frame: Any = _ENCODING.decode(message.data)
        if frame["type"] == "frame":
            await say(socket, type="ack", frame=frame["frame"])
            if frame.get("seq", -1) > newest:
                newest = frame["seq"]
                heard.append(arrived - frame["time"])
