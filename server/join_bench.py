"""Watchers who join one after another: how soon they see, and what it costs who is there already."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, TypedDict

import aiohttp

from server.bench import percentile
from server.performing import Plan, performing, say, video
from server.settings import SettingsError
from server.wire import ENCODINGS

_ENCODING = ENCODINGS[0]
_WARM_SECONDS = 2.0
JOINERS = 20
SCENE = (("nobody joins", 0), ("20 join", JOINERS), ("nobody joins, again", 0))


class Row(TypedDict):
    """One part of the scene, as a watcher sees it who was there before.

    key_kbps: the share of keyframes. first_ms: of those who join, from before they connect to their first
    picture; NaN where nobody joins.
    """

    part: str
    fps: float
    kbps: float
    keyframes: int
    key_kbps: float
    first_p50_ms: float
    first_p95_ms: float


@dataclass(frozen=True)
class Got:
    """A frame: when, how many bytes, and whether a keyframe."""

    moment: float
    size: int
    key: bool


async def bench_joining(address: str, plan: Plan, scene: Sequence[tuple[str, int]] = SCENE) -> list[Row]:
    """A row for each part of the scene, which is a name and how many join, evenly over `plan.seconds`."""
    rows: list[Row] = []
    async with (
        aiohttp.ClientSession() as http,
        performing(http, address, plan) as session,
        AsyncExitStack() as joined,
    ):
        got: list[Got] = []
        await _join(http, address, session, plan, joined, got)
        await asyncio.sleep(_WARM_SECONDS)
        for name, count in scene:
            got.clear()
            firsts = await _part(http, address, session, plan, joined, count)
            rows.append(row(name, plan.seconds, got, firsts))
    return rows


def row(name: str, seconds: float, got: Sequence[Got], firsts: Sequence[float]) -> Row:
    """What one watcher got, and milliseconds to the first picture of those who joined."""
    firsts = sorted(firsts)
    return Row(
        part=name,
        fps=len(got) / seconds,
        kbps=8e-3 * sum(one.size for one in got) / seconds,
        keyframes=sum(one.key for one in got),
        key_kbps=8e-3 * sum(one.size for one in got if one.key) / seconds,
        first_p50_ms=percentile(firsts, 0.50),
        first_p95_ms=percentile(firsts, 0.95),
    )


async def _part(
    http: aiohttp.ClientSession, address: str, session: str, plan: Plan, joined: AsyncExitStack, count: int
) -> list[float]:
    end, firsts = time.monotonic() + plan.seconds, []
    for number in range(count):
        await asyncio.sleep(end - plan.seconds * (1 - number / count) - time.monotonic())
        begun = time.monotonic()
        await _join(http, address, session, plan, joined, [])
        firsts.append(1e3 * (time.monotonic() - begun))
    await asyncio.sleep(end - time.monotonic())
    return firsts


async def _join(
    http: aiohttp.ClientSession,
    address: str,
    session: str,
    plan: Plan,
    joined: AsyncExitStack,
    got: list[Got],
) -> None:
    """Watch from here on, into `got`; returns at the first picture."""
    socket = await joined.enter_async_context(
        http.ws_connect(f"{address}/v1/stream", protocols=[_ENCODING.subprotocol], max_msg_size=0)
    )
    await say(socket, type="hello", role="watch", session=session, video=video(plan))
    first = asyncio.Event()
    watching = asyncio.create_task(_watch(socket, got, first))
    joined.callback(watching.cancel)
    waiting = asyncio.create_task(first.wait())
    await asyncio.wait({watching, waiting}, return_when=asyncio.FIRST_COMPLETED)
    if not first.is_set():
        raise SettingsError("The server took no more watchers.")


async def _watch(socket: aiohttp.ClientWebSocketResponse, got: list[Got], first: asyncio.Event) -> None:
    async for message in socket:
        frame: Any = _ENCODING.decode(message.data)
        if frame["type"] == "frame":
            got.append(Got(time.monotonic(), len(message.data), frame["key"]))
            first.set()
            await say(socket, type="ack", frame=frame["frame"])
