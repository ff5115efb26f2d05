from __future__ import annotations

import asyncio
from itertools import count
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bunraku_client import Track, connect, play

if TYPE_CHECKING:
    from clients.python.conftest import FakeServer


def _track(size: int, step_ms: float) -> Track:
    return Track(1000 + np.arange(size) * step_ms, tuple({"p0": place / 100} for place in range(size)))


async def test_poses_go_out_in_order_and_none_before_its_time(server: FakeServer) -> None:
    async with connect(server.url, "mika", encoding="json") as session:
        sent = await play(session, _track(5, 60))
        await server.until(lambda: len(server.of_type("pose")) == sent)
    poses = server.of_type("pose")
    places = np.array([round(pose["values"][0] * 100) for pose in poses])
    times = np.array([pose["time"] for pose in poses])
    assert places[-1] == 4 and (np.diff(places) > 0).all()
    assert (times >= times[0] - 5 + 60 * (places - places[0])).all()


async def test_poses_that_are_past_are_left_out(server: FakeServer) -> None:
    times = iter([0.0, 1.0, 155.0, 155.5, 999.0, 1000.0])
    async with connect(server.url, "mika", encoding="json") as session:
        sent = await play(session, _track(6, 50), clock_ms=lambda: next(times))
        assert sent == 3
        await server.until(lambda: len(server.of_type("pose")) == 3)
    assert [pose["values"][0] for pose in server.of_type("pose")] == pytest.approx([0, 0.03, 0.05])


async def test_a_loop_begins_again(server: FakeServer) -> None:
    async with connect(server.url, "mika", encoding="json") as session:
        hands = count(step=10)  # a clock that goes on by being read
        playing = asyncio.create_task(
            play(session, _track(2, 20), loop=True, clock_ms=lambda: float(next(hands)))
        )
        await server.until(lambda: len(server.of_type("pose")) >= 6)
        playing.cancel()
    shown = [pose["values"][0] for pose in server.of_type("pose")]
    assert shown.count(0) >= 2 and len(set(shown)) == 2
