"""The whole server under growing load: poses through real sockets, frames back, latency and rate."""

from __future__ import annotations

import asyncio
import math
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypedDict

import aiohttp
import numpy as np
from numpy.typing import NDArray

from server.settings import SettingsError
from server.wire import ENCODINGS

_ENCODING = ENCODINGS[0]
_WARM_SECONDS = 1.0


class Row(TypedDict):
    """So many sessions at once. Latency is from sending a pose to receiving its frame, in milliseconds.

    fps: frames of all sessions a second. fps_each: of the session that got fewest. queue_ms, render_ms,
    encode_ms: mean times in the server's stages. mean_batch: pictures drawn at once.
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
    mean_batch: float


@dataclass
class _Seen:
    """What one session saw."""

    frames: int = 0
    latencies: list[float] = field(default_factory=list)
    stages: list[dict[str, float]] = field(default_factory=list)


@dataclass(frozen=True)
class Plan:
    """What a bench asks for: characters by id, taken in turn, and one pose (45,) after another."""

    characters: Sequence[str]
    poses: NDArray[np.float32]
    fps: float
    size: int
    codec: str
    seconds: float


@asynccontextmanager
async def running_server(*arguments: str) -> AsyncIterator[str]:
    """A server of its own process on a free port, which refuses nobody; gives its address."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "server.cli", "serve", "--port", "0", "--load-limit", "0"),
        *("--log-level", "warning", *arguments),
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parent.parent,
    )
    try:
        assert process.stdout is not None
        line = await process.stdout.readline()
        if not line:
            raise SettingsError("The server to be measured did not start.")
        yield line.decode().split()[-1]
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def bench_sessions(address: str, plan: Plan, counts: Sequence[int]) -> AsyncIterator[Row]:
    """One row for each number of sessions, measured one after another."""
    async with aiohttp.ClientSession() as http:
        for count in counts:
            before = await _batches(http, address)
            seen = await asyncio.gather(*(_perform(http, address, plan, number) for number in range(count)))
            pictures, batches = (
                now - then for now, then in zip(await _batches(http, address), before, strict=True)
            )
            yield _row(plan, seen, pictures / batches if batches else 0.0)


async def _perform(http: aiohttp.ClientSession, address: str, plan: Plan, number: int) -> _Seen:
    url = f"{address}/v1/stream"
    async with http.ws_connect(url, protocols=[_ENCODING.subprotocol], max_msg_size=0) as socket:
        await say(
            socket,
            type="hello",
            role="perform",
            character=plan.characters[number % len(plan.characters)],
            video=video(plan),
            idle=False,
        )
        sending = asyncio.create_task(send_poses(socket, plan, number))
        try:
            return await _listen(socket, plan)
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            await say(socket, type="bye")


def video(plan: Plan) -> dict[str, object]:
    """What the plan's sessions ask for, as `hello` has it."""
    return {"codecs": [plan.codec], "size": plan.size, "max_fps": min(60, plan.fps)}


def unpaced(plan: Plan) -> dict[str, object]:
    """The same, at the highest rate: a pose that comes between two frames waits for none to fall due."""
    return {**video(plan), "max_fps": 60}


async def send_poses(socket: aiohttp.ClientWebSocketResponse, plan: Plan, number: int) -> None:
    """Send the plan's poses until cancelled; each session begins elsewhere in them, and in its own step."""
    # Spread over one period: performers do not send in step.
    due = time.monotonic() + (number * 0.618) % 1 / plan.fps
    start = number * 37
    for seq in range(sys.maxsize):
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        pose = plan.poses[(start + seq) % len(plan.poses)]
        await say(
            socket, type="pose", seq=seq, time=1e3 * time.monotonic(), values=pose.astype("<f4").tobytes()
        )
        due += 1 / plan.fps


async def _listen(socket: aiohttp.ClientWebSocketResponse, plan: Plan) -> _Seen:
    seen, newest = _Seen(), -1
    begun = time.monotonic() + _WARM_SECONDS
    async for arrived, said in heard(socket, begun + plan.seconds):
        if said["type"] != "frame" or arrived < begun:
            continue
        seen.frames += 1
        seen.stages.append(said["stages"])
        if said.get("seq", -1) > newest:
            newest = said["seq"]
            seen.latencies.append(1e3 * arrived - said["time"])
    return seen


async def heard(
    socket: aiohttp.ClientWebSocketResponse, until: float
) -> AsyncIterator[tuple[float, dict[str, Any]]]:
    """What the server says until that moment of `time.monotonic()`, and when it came.

    Raises SettingsError where it closes the session or refuses something.
    """
    while (now := time.monotonic()) < until:
        try:
            message = await socket.receive(timeout=until - now)
        except TimeoutError:
            return
        arrived = time.monotonic()
        if message.type is not aiohttp.WSMsgType.BINARY:
            raise SettingsError(f"The server closed a session with {socket.close_code}.")
        said: Any = _ENCODING.decode(message.data)
        if said["type"] == "error":
            raise SettingsError(f"The server refused: {said['message']}")
        yield arrived, said


async def say(socket: aiohttp.ClientWebSocketResponse, **fields: Any) -> None:
    """Send one message."""
    raw = _ENCODING.encode(fields)
    assert isinstance(raw, bytes)
    await socket.send_bytes(raw)


async def metric(http: aiohttp.ClientSession, address: str, name: str) -> float:
    """A metric of the server, with its labels; 0 where it has not been counted yet."""
    async with http.get(f"{address}/metrics") as response:
        rows = dict(line.rsplit(" ", 1) for line in (await response.text()).splitlines())
    return float(rows.get(name, 0))


async def _batches(http: aiohttp.ClientSession, address: str) -> tuple[float, float]:
    """Pictures and batches drawn so far."""
    pictures = await metric(http, address, "bunraku_batch_size_sum")
    return pictures, await metric(http, address, "bunraku_batch_size_count")


def _row(plan: Plan, seen: Sequence[_Seen], mean_batch: float) -> Row:
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
        mean_batch=mean_batch,
    )


def percentile(ordered: Sequence[float], share: float) -> float:
    """The value below which `share` of those in order lie; NaN where there is none."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else math.nan
