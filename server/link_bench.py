"""One client on a link that gets worse and better: what it is given, how late, how soon it is given more."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypedDict
from urllib.parse import urlsplit

import aiohttp

from server.bench import percentile
from server.link import Link, Shape
from server.performing import Heard, Plan, performing
from server.plot import Panel, plot
from server.wire import ENCODINGS

_ENCODING = ENCODINGS[0]
FAST = Shape(5e6, 0.1, 0.0)
SLOW = Shape(0.5e6, 0.1, 0.0)
LOSSY = Shape(5e6, 0.1, 0.02)
CUT = Shape(5e6, 0.1, 0.0, cut=True)
SCENE = (("5 Mbit/s", FAST, 10.0), ("0.5 Mbit/s", SLOW, 15.0), ("5 Mbit/s again", FAST, 12.0),
         ("cut", CUT, 3.0), ("after the cut", FAST, 12.0), ("2% lost", LOSSY, 10.0))  # fmt: skip
RECOVERED = 0.8
_WINDOW = 0.5
_LATE = 250.0


class Row(TypedDict):
    """One part of the scene. Latency is from sending a pose to receiving its frame, in milliseconds.

    recovery_s: from its beginning until half a second came at 80% of the bits of the first part, what had
    waited not counted; NaN where that was not reached.
    """

    link: str
    fps: float
    mbit_s: float
    p50_ms: float
    p95_ms: float
    worst_ms: float
    size: float
    quality: float
    recovery_s: float


@dataclass(frozen=True)
class Arrival:
    """One frame: seconds since the beginning, bytes, milliseconds since its pose, what was asked for."""

    moment: float
    size: int
    latency: float
    width: int
    quality: float


@dataclass
class _Watched:
    begun: float
    arrivals: list[Arrival] = field(default_factory=list)
    width: int = 0
    quality: float = 0.0

    def note(self, heard: Heard) -> None:
        said = heard.said
        if "video" in said:
            self.width, self.quality = said["video"]["size"], said["video"]["quality"]
        if said["type"] == "frame" and "time" in said:
            late = 1e3 * heard.moment - said["time"]
            at = heard.moment - self.begun
            self.arrivals.append(Arrival(at, heard.size, late, self.width, self.quality))


Scene = Sequence[tuple[str, Shape, float]]


async def bench_link(address: str, plan: Plan, scene: Scene = SCENE) -> tuple[list[Row], list[Arrival]]:
    """Play the scene, one part after another; a row for each, and all that arrived."""
    where = urlsplit(address)
    link = Link(scene[0][1])
    carrying = link.carrying(where.hostname or "", where.port or 80)
    async with carrying as (host, port), aiohttp.ClientSession() as http:
        watched = await _play(http, f"http://{host}:{port}", plan, link, scene)
    return rows(watched.arrivals, scene), watched.arrivals


def rows(arrivals: Sequence[Arrival], scene: Scene) -> list[Row]:
    """What arrived, by the parts of the scene."""
    table: list[Row] = []
    begin, usual, prompt = 0.0, 0.0, 0.0
    for name, _, seconds in scene:
        part = [one for one in arrivals if begin <= one.moment < begin + seconds]
        rate = sum(one.size for one in part) / seconds
        # The first part sets the measure; its own first seconds are for warming up.
        usual = usual or sum(one.size for one in part if one.moment > 3.0) / max(1e-9, seconds - 3.0)
        prompt = prompt or _LATE + statistics.median([one.latency for one in part] or [0.0])
        fresh = [one for one in part if one.latency < prompt]
        table.append(_row(name, part, seconds, rate, _recovery(fresh, begin, usual) if table else 0.0))
        begin += seconds
    return table


def _row(name: str, part: Sequence[Arrival], seconds: float, rate: float, recovery: float) -> Row:
    latencies = sorted(one.latency for one in part)
    return Row(
        link=name,
        fps=len(part) / seconds,
        mbit_s=8e-6 * rate,
        p50_ms=percentile(latencies, 0.5),
        p95_ms=percentile(latencies, 0.95),
        worst_ms=percentile(latencies, 1.0),
        size=statistics.mean(one.width for one in part) if part else 0.0,
        quality=statistics.mean(one.quality for one in part) if part else 0.0,
        recovery_s=recovery,
    )


def _recovery(part: Sequence[Arrival], begin: float, usual: float) -> float:
    for one in part:
        window = [other.size for other in part if one.moment - _WINDOW < other.moment <= one.moment]
        if one.moment - begin >= _WINDOW and sum(window) / _WINDOW >= RECOVERED * usual:
            return one.moment - begin
    return float("nan")


async def _play(http: aiohttp.ClientSession, address: str, plan: Plan, link: Link, scene: Scene) -> _Watched:
    watched = _Watched(time.monotonic())
    async with performing(http, address, plan, note=watched.note, max_fps=plan.fps):
        for _, shape, seconds in scene:
            link.shape = shape
            await asyncio.sleep(seconds)
    return watched


def picture(arrivals: Sequence[Arrival], scene: Scene) -> str:
    """What arrived over time, as SVG: bits, latency, and what was asked of the encoder."""
    whole = sum(seconds for _, _, seconds in scene)
    steps = [_WINDOW * number for number in range(int(whole / _WINDOW))]
    sums = [sum(one.size for one in arrivals if at <= one.moment < at + _WINDOW) for at in steps]
    return plot(
        (
            Panel("Mbit/s", [(at, 8e-6 * size / _WINDOW) for at, size in zip(steps, sums, strict=True)]),
            Panel("latency, ms", [(one.moment, one.latency) for one in arrivals]),
            Panel("picture's side, pixels", [(one.moment, one.width) for one in arrivals]),
            Panel("quality asked for", [(one.moment, one.quality) for one in arrivals]),
        ),
        [(name, seconds) for name, _, seconds in scene],
    )
