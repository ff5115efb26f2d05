from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from bunraku_client import InvalidInputError, Load, Track, run_load

if TYPE_CHECKING:
    from clients.python.conftest import FakeServer


async def test_performers_are_dealt_over_the_characters_and_measured(server: FakeServer) -> None:
    report = await run_load(Load(server.url, 4, ("mika", "rei"), seconds=0.5, fps=20))
    assert sorted(hello["character"] for hello in server.hellos) == ["mika", "mika", "rei", "rei"]
    assert all(hello["idle"] is False for hello in server.hellos)
    assert (report.opened, report.worked, report.refused, report.lost) == (4, 4, {}, {})
    assert report.poses == len(server.of_type("pose"))
    assert 4 <= report.poses <= 48
    assert 4 <= report.frames <= report.poses + 4
    assert report.seconds >= 0.5


async def test_a_single_performer_gets_a_frame_and_a_latency_for_each_pose(server: FakeServer) -> None:
    report = await run_load(Load(server.url, 1, ("mika",), seconds=0.5, fps=20))
    assert report.frames == pytest.approx(report.poses, abs=2)
    assert report.latency_p50_ms is not None and report.latency_p50_ms > 0
    assert report.latency_p99_ms is not None and report.latency_p99_ms >= report.latency_p50_ms


async def test_refused_performers_are_told_with_their_reason(server: FakeServer) -> None:
    full: dict[str, Any] = {"code": "full", "message": "Full.", "retry_after": 1}
    server.refusals = [(full, 4013), (full, 4013)]
    report = await run_load(Load(server.url, 3, ("mika",), seconds=0.2))
    assert report.refused == {"Full. (full)": 2}
    assert (report.opened, report.worked) == (1, 1)


async def test_a_performer_that_is_cut_is_lost_and_does_not_stop_the_others(server: FakeServer) -> None:
    server.cut_at_seq = {2}
    report = await run_load(Load(server.url, 1, ("mika",), seconds=5, fps=50))
    assert sum(report.lost.values()) == 1
    assert report.seconds < 4


async def test_a_track_is_performed_where_one_is_given(server: FakeServer) -> None:
    track = Track(np.zeros(1), ({"p7": 0.625},))
    await run_load(Load(server.url, 1, ("mika",), seconds=0.2, track=track, encoding="json"))
    assert {pose["values"][7] for pose in server.of_type("pose")} == {0.625}


@pytest.mark.parametrize(
    "bad", [{"sessions": 0}, {"characters": ()}, {"seconds": 0}, {"seconds": float("inf")}, {"fps": 0}]
)
def test_a_load_that_makes_no_sense_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError):
        Load(**{"url": "host", "sessions": 1, "characters": ("mika",), **bad})
