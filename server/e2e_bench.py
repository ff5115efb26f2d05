"""The whole way of a frame, from a pose's making to a picture's being shown, stage by stage."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import fmean
from typing import Any, TypedDict
from urllib.parse import urlencode

import aiohttp
import av
from av.video.codeccontext import VideoCodecContext

from server.bench import Plan, heard, percentile, say, send_poses, unpaced
from server.e2e_page import Joined, Shown, chromium, joined, performed
from server.settings import SettingsError
from server.watch_bench import performing
from server.wire import ENCODINGS

_ENCODING = ENCODINGS[0]
_WARM_SECONDS = 1.0
STAGES = ("input way", "queue", "render", "encode", "wait to be sent", "network", "decode", "present")
WHOLE, SUM, SHARE = "whole", "sum of stages", "server beyond render and encode"
BUSY = "of it, the device draws another picture"
OWN = "the rest of it, and from thread to thread"
JOIN, PAGE = "join to first picture", "address to first picture"
CLOSE = 0.05
"""The stages, each measured by itself, must add up to the whole by so much."""


class Row(TypedDict):
    """One stage of one kind of client, in milliseconds. `frames`: how many were measured."""

    client: str
    stage: str
    frames: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    mean_ms: float


@dataclass(frozen=True)
class Way:
    """One frame's stages, in milliseconds, and the whole as its client counted it.

    `busy` and `handed` as in `Stamps`.
    """

    stages: Mapping[str, float]
    whole: float
    busy: float
    handed: float

    @property
    def share(self) -> float:
        """The server's, beyond render and encode."""
        return self.stages["queue"] + self.stages["wait to be sent"]


async def bench_whole(address: str, plan: Plan, sessions: int, joins: int, trace: Path) -> list[Row]:
    """So many Python sessions and a page in Chromium that perform at once, and pages that come to watch.

    The server writes its times to `trace`. Raises SettingsError where there is no Chromium, or where the
    stages do not add up.
    """
    async with aiohttp.ClientSession() as http, chromium() as browser:
        performing = [_perform(http, address, plan, number) for number in range(sessions)]
        page = performed(browser, address, _asked(plan, character=plan.characters[0]), plan.fps, plan.seconds)
        *python, shown = await asyncio.gather(*performing, page)
        times = _read(trace)
        rows = table("Chromium", ways(shown, times))
        rows += table(f"Python, {sessions}", ways([one for some in python for one in some], times))
        rows += _joining(await _joins(http, browser, address, plan, joins))
    return rows


def ways(shown: Iterable[Shown], times: Mapping[tuple[int, float], Mapping[str, float]]) -> list[Way]:
    """What clients saw, put together with the server's own times by `seq` and `time`.

    `Shown.time` is of the client's clock, and the whole is its own count: the pose was made so long before.
    """
    return [_way(one, times[one.seq, one.time]) for one in shown if (one.seq, one.time) in times]


def _way(one: Shown, server: Mapping[str, float]) -> Way:
    marks = [one.shown - one.whole, *(1e3 * server[name] for name in ("arrived", "begun", "drawn"))]
    marks += [1e3 * server["encoded"], 1e3 * server["sent"], one.came, one.decoded, one.shown]
    parts = [after - before for before, after in pairwise(marks)]
    stages = dict(zip(STAGES, parts, strict=True))
    return Way(stages, one.whole, 1e3 * server["busy"], 1e3 * server["handed"])


def table(client: str, found: Sequence[Way]) -> list[Row]:
    """A row for each stage, the whole and the sum. SettingsError where those two differ by over 5%."""
    if not found:
        raise SettingsError(f"No frame of {client} could be followed.")
    rows = [row(client, stage, [way.stages[stage] for way in found]) for stage in STAGES]
    added = row(client, SUM, [sum(way.stages.values()) for way in found])
    # A stage that takes less than nothing in the mean is a clock that is wrong, and helps no sum.
    added["mean_ms"] = sum(max(0.0, one["mean_ms"]) for one in rows)
    whole = row(client, WHOLE, [way.whole for way in found])
    if abs(added["mean_ms"] - whole["mean_ms"]) > CLOSE * whole["mean_ms"]:
        both = added["mean_ms"], whole["mean_ms"]
        raise SettingsError(
            f"The stages of {client} add up to {both[0]:.1f} ms, the whole is {both[1]:.1f} ms."
        )
    share = row(client, SHARE, [way.share for way in found])
    busy = row(client, BUSY, [way.busy for way in found])
    own = row(client, OWN, [way.share - way.busy + way.handed for way in found])
    return [*rows, added, whole, share, busy, own]


def row(client: str, stage: str, milliseconds: Sequence[float]) -> Row:
    """The figures of one stage."""
    ordered = sorted(milliseconds)
    return Row(
        client=client,
        stage=stage,
        frames=len(ordered),
        p50_ms=percentile(ordered, 0.50),
        p95_ms=percentile(ordered, 0.95),
        p99_ms=percentile(ordered, 0.99),
        mean_ms=fmean(ordered),
    )


def _joining(joins: Sequence[Joined]) -> list[Row]:
    if not joins:
        return []
    page = row("Chromium", PAGE, [one.page for one in joins])
    return [row("Chromium", JOIN, [one.connection for one in joins]), page]


async def _joins(
    http: aiohttp.ClientSession, browser: Any, address: str, plan: Plan, count: int
) -> list[Joined]:
    """Pages that come one after another to watch a performance whose stream others receive already."""
    async with performing(http, address, plan) as (session, _):
        await asyncio.sleep(_WARM_SECONDS)
        return [await joined(browser, address, _asked(plan, session=session)) for _ in range(count)]


async def _perform(http: aiohttp.ClientSession, address: str, plan: Plan, number: int) -> list[Shown]:
    """One Python session: poses, frames, and their pictures where the codec is video."""
    url = f"{address}/v1/stream"
    async with http.ws_connect(url, protocols=[_ENCODING.subprotocol], max_msg_size=0) as socket:
        character = plan.characters[number % len(plan.characters)]
        await say(socket, type="hello", role="perform", character=character, video=unpaced(plan), idle=False)
        sending = asyncio.create_task(send_poses(socket, plan, number))
        try:
            return await _listen(socket, plan)
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)


async def _listen(socket: aiohttp.ClientWebSocketResponse, plan: Plan) -> list[Shown]:
    found, newest, player = [], -1, _player() if plan.codec.startswith("h264") else None
    begun = time.monotonic() + _WARM_SECONDS
    async for arrived, frame in heard(socket, begun + plan.seconds):
        if frame["type"] != "frame":
            continue
        came = 1e3 * arrived
        if player is not None:
            player.decode(av.Packet(frame["data"]))
        decoded = 1e3 * time.monotonic()
        await say(socket, type="ack", frame=frame["frame"])
        if frame.get("seq", -1) > newest and arrived >= begun:
            newest, made = frame["seq"], frame["time"]
            found.append(Shown(newest, made, came, decoded, decoded, 1e3 * time.monotonic() - made))
    return found


def _player() -> VideoCodecContext:
    context = av.CodecContext.create("h264", "r")
    assert isinstance(context, VideoCodecContext)
    context.thread_count = 1
    return context


def _asked(plan: Plan, **whom: str) -> str:
    """The settings of a page, as its address has them."""
    asked = unpaced(plan)
    return urlencode({**whom, "size": plan.size, "codec": plan.codec, "fps": asked["max_fps"]})


def _read(trace: Path) -> dict[tuple[int, float], dict[str, float]]:
    """The server's times, by `seq` and `time` of the input."""
    lines = (json.loads(line) for line in trace.read_text().splitlines())
    return {(line["seq"], line["time"]): line for line in lines if "time" in line}
