"""The whole way of a frame, from a pose's making to a picture's being shown, stage by stage."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import fmean
from typing import Any, TypedDict
from urllib.parse import urlencode

import aiohttp
import av
from av.video.codeccontext import VideoCodecContext

from server.bench import percentile
from server.e2e_page import Joined, Shown, chromium, joined, performed, window
from server.performing import Heard, Plan, performing, video
from server.settings import SettingsError
from server.trace import Times, own_share, read_trace, share

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

    share, own: the server's, beyond render and encode, as in `server.trace`. busy: as in `Stamps`.
    """

    stages: Mapping[str, float]
    whole: float
    share: float
    busy: float
    own: float


async def bench_whole(address: str, plan: Plan, sessions: int, joins: int, trace: Path) -> list[Row]:
    """So many Python sessions and a page in Chromium that perform at once, and pages that come to watch.

    The server writes its times to `trace`. Raises SettingsError where there is no Chromium, or where the
    stages do not add up.
    """
    python = [_Pictures(plan) for _ in range(sessions)]
    async with aiohttp.ClientSession() as http, chromium() as browser:
        async with AsyncExitStack() as performers:
            for number, seen in enumerate(python):
                await performers.enter_async_context(performing(http, address, plan, number, note=seen.note))
            asked = _asked(plan, character=plan.characters[0])
            begun, shown = await performed(browser, address, asked, plan.fps, plan.seconds)
        times = read_trace(trace)
        rows = table("Chromium", ways(shown, times))
        rows += table(
            f"Python, {sessions}", ways([one for seen in python for one in seen.since(begun)], times)
        )
        rows += _joining(await _joins(http, browser, address, plan, joins))
    return rows


def ways(shown: Iterable[Shown], trace: Iterable[Times]) -> list[Way]:
    """What clients saw, put together with the server's own times by `seq` and `time`.

    `Shown.time` is of the client's clock, and the whole is its own count: the pose was made so long before.
    """
    times = {(line["seq"], line["time"]): line for line in trace if "time" in line}
    return [_way(one, times[one.seq, one.time]) for one in shown if (one.seq, one.time) in times]


def _way(one: Shown, server: Times) -> Way:
    marks = [one.shown - one.whole, *(1e3 * server[name] for name in ("arrived", "begun", "drawn"))]
    marks += [1e3 * server["encoded"], 1e3 * server["sent"], one.came, one.decoded, one.shown]
    parts = [after - before for before, after in pairwise(marks)]
    stages = dict(zip(STAGES, parts, strict=True))
    return Way(stages, one.whole, share(server), 1e3 * server["busy"], own_share(server))


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
    waits = row(client, SHARE, [way.share for way in found])
    busy = row(client, BUSY, [way.busy for way in found])
    own = row(client, OWN, [way.own for way in found])
    return [*rows, added, whole, waits, busy, own]


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
    """Tabs that come one after another to watch a performance whose stream others receive already."""
    async with performing(http, address, plan) as session, window(browser) as tabs:
        await asyncio.sleep(_WARM_SECONDS)
        return [await joined(tabs, address, _asked(plan, session=session)) for _ in range(count)]


class _Pictures:
    """What one Python session was shown: the pictures of its frames, where the codec is video."""

    def __init__(self, plan: Plan) -> None:
        self._found: list[Shown] = []
        self._newest, self._player = -1, _player() if plan.codec.startswith("h264") else None

    def note(self, heard: Heard) -> None:
        frame = heard.said
        if frame["type"] != "frame":
            return
        came = 1e3 * heard.moment
        if self._player is not None:
            self._player.decode(av.Packet(frame["data"]))
        decoded = 1e3 * time.monotonic()
        if frame.get("seq", -1) > self._newest:
            self._newest, made = frame["seq"], frame["time"]
            self._found.append(Shown(self._newest, made, came, decoded, decoded, decoded - made))

    def since(self, begun: float) -> list[Shown]:
        """Those that came after a moment, in milliseconds."""
        return [one for one in self._found if one.came >= begun]


def _player() -> VideoCodecContext:
    context = av.CodecContext.create("h264", "r")
    assert isinstance(context, VideoCodecContext)
    context.thread_count = 1
    return context


def _asked(plan: Plan, **whom: str) -> str:
    """The settings of a page, as its address has them."""
    asked = video(plan)
    return urlencode({**whom, "size": plan.size, "codec": plan.codec, "fps": asked["max_fps"]})
