"""`bunraku bench watch`, `join` and `e2e`: what delivery costs, on a server of its own."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from server.bench import Plan, running_server
from server.e2e_bench import bench_whole
from server.join_bench import bench_joining
from server.settings import SettingsError
from server.watch_bench import bench_watchers

NAMES = ("watch", "join", "e2e")
_ROUNDS = 2
_JOINS = 20
_SOCKETS_BESIDES = 200


async def deliver(
    options: argparse.Namespace, plan: Plan, folder: Path, watchers: Sequence[int], sessions: int
) -> tuple[str, Sequence[Mapping[str, Any]]]:
    """One of these benches: a title and its rows."""
    _open_sockets(max(watchers))
    arguments = ("--characters", str(folder), "--engine", options.engine, "--device", options.device)
    # Watchers who only read are not let go.
    patient = ("--heartbeat-seconds", "3600", "--max-watchers", str(max(watchers) + 100))
    if options.what == "e2e":
        return f"{sessions} sessions and Chromium", await _whole(arguments, plan, sessions)
    async with running_server(*arguments, *patient) as address:
        if options.what == "watch":
            rows: Sequence[Mapping[str, Any]] = await bench_watchers(address, plan, watchers, _ROUNDS)
            return "A performer and so many watchers, by turns", rows
        return "A watcher while others join", await bench_joining(address, plan)


async def _whole(arguments: Sequence[str], plan: Plan, sessions: int) -> Sequence[Mapping[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        trace = Path(folder) / "times.jsonl"
        async with running_server(*arguments, "--trace", str(trace)) as address:
            return await bench_whole(address, plan, sessions, _JOINS, trace)


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
