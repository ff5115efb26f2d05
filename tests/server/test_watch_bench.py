"""A performer's latency is measured with and without watchers."""

import math
from contextlib import AsyncExitStack

import pytest

from house import OpenHouse
from played_plan import moving
from server.bench import running_relay
from server.crowd import crowd
from server.settings import SettingsError
from server.watch_bench import bench_watchers


async def test_performer_and_watchers_are_measured_by_turns(house: OpenHouse) -> None:
    async with house(load_limit=0, heartbeat_seconds=60) as home:
        alone, watched = await bench_watchers(home.address, moving(seconds=0.8), (0, 3), 1)
    assert (alone["watchers"], watched["watchers"]) == (0, 3)
    assert math.isnan(alone["watcher_fps"])
    assert 2 < watched["watcher_fps"] < 30
    assert 0 < watched["p50_ms"] <= watched["p99_ms"]
    assert watched["cpu"] > 0


async def test_watchers_of_relays_are_measured_beside_those_of_the_server(house: OpenHouse) -> None:
    async with house(load_limit=0, heartbeat_seconds=60) as home, AsyncExitStack() as stack:
        relays = [await stack.enter_async_context(running_relay(home.address)) for _ in range(2)]
        rows = await bench_watchers(home.address, moving(seconds=0.8), (0, 3), 1, relays)
    assert [(row["watchers"], row["relays"]) for row in rows] == [(0, 0), (3, 0), (3, 2)]
    assert 2 < rows[2]["watcher_fps"] < 30
    assert rows[2]["relays_cpu"] > 0
    assert rows[1]["relays_cpu"] == 0


async def test_a_crowd_that_is_not_let_in_is_one_sentence(house: OpenHouse) -> None:
    async with house() as home:
        with pytest.raises(SettingsError, match="did not take 2 watchers"):
            async with crowd(home.address, "nobody's", 2, {"codecs": ["raw"], "size": 128, "max_fps": 30}):
                pass


async def test_a_crowd_watches_as_long_as_it_is_wanted(house: OpenHouse) -> None:
    async with house() as home:
        session = (await (await home.peer()).perform())["session"]
        async with crowd(home.address, session, 5, {"codecs": ["raw"], "size": 128, "max_fps": 30}):
            assert len(home.service.table.find(session).watchers) == 5  # type: ignore[union-attr]
