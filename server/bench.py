"""The whole server under growing load: poses through real sockets, frames back, latency and rate."""

from __future__ import annotations

import asyncio
import math
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypedDict

import aiohttp

from server.performing import Answers, Heard, Plan, performing
from server.settings import SettingsError
from server.trace import own_shares, read_trace

_WARM_SECONDS = 1.0


class Row(TypedDict):
    """So many sessions at once. Latency is from sending a pose to receiving its frame, in milliseconds.

    fps: frames of all sessions a second. fps_each: of the session that got fewest. queue_ms, render_ms,
    encode_ms: mean times in the server's stages. own_ms: what the server adds to drawing and encoding, as
    `own_share` has it. mean_batch: pictures drawn at once.
    """

    sessions: int
    asked_fps: float
    fps: float
    fps_each: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    queue_ms: float
    render_ms: float
    encode_ms: float
    own_p50_ms: float
    own_p99_ms: float
    mean_batch: float


class _Session(Answers):
    ended = math.inf

    def clear(self) -> None:
        super().clear()
        self.begun = time.monotonic()
        self.stages = list[dict[str, float]]()

    def note(self, heard: Heard) -> None:
        super().note(heard)
        if heard.said["type"] == "frame":
            self.stages.append(heard.said["stages"])


@asynccontextmanager
async def running_server(*arguments: str) -> AsyncIterator[str]:
    """A server of its own process, on a free port, which refuses nobody; gives its address."""
    async with _running("serve", "--load-limit", "0", *arguments) as address:
        yield address


@asynccontextmanager
async def running_relay(server: str, *arguments: str) -> AsyncIterator[str]:
    """A relay of its own process, on a free port if none is named; gives its address."""
    async with _running("relay", server, *arguments) as address:
        yield address


@asynccontextmanager
async def _running(command: str, *arguments: str) -> AsyncIterator[str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "server.cli", command, "--port", "0", "--log-level", "warning", *arguments),
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parent.parent,
    )
    try:
        assert process.stdout is not None
        line = await process.stdout.readline()
        if not line:
            raise SettingsError("What is to be measured did not start.")
        yield line.decode().split()[-1]
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def bench_sessions(address: str, plan: Plan, counts: Sequence[int], trace: Path) -> AsyncIterator[Row]:
    """One row for each number of sessions, measured one after another.

    The server writes its times to `trace`.
    """
    async with aiohttp.ClientSession() as http:
        for count in counts:
            before = await _batches(http, address)
            seen = await asyncio.gather(*(_perform(http, address, plan, number) for number in range(count)))
            pictures, batches = (
                now - then for now, then in zip(await _batches(http, address), before, strict=True)
            )
            # No longer than all of them were counted: what the server adds is a part of what they saw.
            begun, ended = max(one.begun for one in seen), min(one.ended for one in seen)
            own = own_shares(read_trace(trace), begun, ended)
            yield _row(plan, seen, own, pictures / batches if batches else 0.0)


async def _perform(http: aiohttp.ClientSession, address: str, plan: Plan, number: int) -> _Session:
    seen = _Session()
    async with performing(http, address, plan, number, note=seen.note):
        await asyncio.sleep(_WARM_SECONDS)
        seen.clear()
        await asyncio.sleep(plan.seconds)
        seen.ended = time.monotonic()
    return seen


async def metrics(http: aiohttp.ClientSession, address: str, *names: str) -> list[float]:
    """Metrics of the server at one moment, with their labels; 0 for what has not been counted yet."""
    async with http.get(f"{address}/metrics") as response:
        rows = dict(line.rsplit(" ", 1) for line in (await response.text()).splitlines())
    return [float(rows.get(name, 0)) for name in names]


async def _batches(http: aiohttp.ClientSession, address: str) -> list[float]:
    """Pictures and batches drawn so far."""
    return await metrics(http, address, "bunraku_batch_size_sum", "bunraku_batch_size_count")


def _row(plan: Plan, seen: Sequence[_Session], own: Sequence[float], mean_batch: float) -> Row:
    latencies = sorted(latency for one in seen for latency in one.latencies)
    stages = [stages for one in seen for stages in one.stages]
    queue, render, encode = (
        sum(one[stage] for one in stages) / len(stages) if stages else math.nan
        for stage in ("queue", "render", "encode")
    )
    return Row(
        sessions=len(seen),
        asked_fps=plan.fps,
        fps=sum(one.frames for one in seen) / plan.seconds,
        fps_each=min(one.frames for one in seen) / plan.seconds,
        p50_ms=percentile(latencies, 0.50),
        p95_ms=percentile(latencies, 0.95),
        p99_ms=percentile(latencies, 0.99),
        queue_ms=queue,
        render_ms=render,
        encode_ms=encode,
        own_p50_ms=percentile(own, 0.50),
        own_p99_ms=percentile(own, 0.99),
        mean_batch=mean_batch,
    )


def percentile(ordered: Sequence[float], share: float) -> float:
    """The value below which `share` of those in order lie; NaN where there is none."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else math.nan
