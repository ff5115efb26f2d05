"""What delivery costs, measured on a server of its own."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from server.bench import running_relay, running_server
from server.e2e_bench import bench_whole
from server.join_bench import JOINERS, bench_joining
from server.performing import Plan
from server.settings import SettingsError
from server.watch_bench import bench_watchers

Rows = Sequence[Mapping[str, Any]]

_ROUNDS = 2
_JOINS = 40
_SOCKETS_BESIDES = 200


async def watched(arguments: Sequence[str], plan: Plan, counts: Sequence[int], relays: int = 0) -> Rows:
    """So many watchers by turns, of the server and of so many relays, if any. `arguments` are the server's.

    Raises SettingsError where sockets are too few.
    """
    patient = _patient(max(counts))
    async with AsyncExitStack() as running:
        address = await running.enter_async_context(running_server(*arguments, *patient))
        others = [await running.enter_async_context(running_relay(address, *patient)) for _ in range(relays)]
        return await bench_watchers(address, plan, counts, _ROUNDS, others)


async def joined(arguments: Sequence[str], plan: Plan) -> Rows:
    """One watcher while others join."""
    async with running_server(*arguments, *_patient(JOINERS)) as address:
        return await bench_joining(address, plan)


async def whole_way(arguments: Sequence[str], plan: Plan, sessions: int) -> Rows:
    """So many Python sessions, and a page in Chromium."""
    with tempfile.TemporaryDirectory() as folder:
        trace = Path(folder) / "times.jsonl"
        async with running_server(*arguments, "--trace", str(trace)) as address:
            return await bench_whole(address, plan, sessions, _JOINS, trace)


def _patient(watchers: int) -> tuple[str, ...]:
    """Settings by which watchers who only read are not let go."""
    _open_sockets(watchers)
    return ("--heartbeat-seconds", "3600", "--max-watchers", str(watchers + 100))


def _open_sockets(count: int) -> None:
    """Let this process and those that it starts hold so many sockets. SettingsError where they may not."""
    if sys.platform == "win32":
        return
    import resource

    wanted = count + _SOCKETS_BESIDES
    least, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most != resource.RLIM_INFINITY and most < wanted:
        raise SettingsError(f"{count} watchers need {wanted} open files; the system allows {most}.")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(least, wanted), most))
