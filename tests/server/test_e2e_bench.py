"""Stages of a frame are put together, and must add up."""

import time
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch

from house import FlatEngine, OpenHouse
from models.engine import Request
from played_plan import moving
from server.e2e_bench import BUSY, JOIN, OWN, PAGE, SHARE, STAGES, SUM, WHOLE, bench_whole, table, ways
from server.e2e_page import Shown
from server.settings import SettingsError

TIMES = {"arrived": 1.002, "begun": 1.005, "drawn": 1.025, "encoded": 1.027, "sent": 1.028}


def line(seq: int, time: float = 3.5) -> dict[str, float]:
    """What the server noted."""
    return {"seq": seq, "time": time, **TIMES, "busy": 0.0025, "handed": 0.001}


def seen(whole: float = 40.0) -> Shown:
    """A pose made at 1000 ms of our clock, whose picture came at 1029 and was shown at 1040."""
    return Shown(seq=7, time=3.5, came=1029.0, decoded=1033.0, shown=1040.0, whole=whole)


def test_a_frame_is_followed_by_its_seq_and_time_from_pose_to_picture() -> None:
    (way,) = ways([seen()], [line(7), line(8)])
    assert list(way.stages) == list(STAGES)
    assert [round(part, 6) for part in way.stages.values()] == [2, 3, 20, 2, 1, 1, 4, 7]
    assert way.whole == 40.0


def test_what_the_server_does_not_know_of_is_left_out() -> None:
    assert ways([seen()], [line(7, 4.5)]) == []


def test_the_table_has_each_stage_the_sum_and_the_servers_share() -> None:
    rows = {row["stage"]: row for row in table("page", ways([seen()], [line(7)]))}
    assert rows[SUM]["p50_ms"] == pytest.approx(rows[WHOLE]["p50_ms"])
    assert rows[SHARE]["p99_ms"] == pytest.approx(4.0)
    assert rows[BUSY]["p99_ms"] == pytest.approx(2.5)
    assert rows[OWN]["p99_ms"] == pytest.approx(4.0 - 2.5 + 1.0)
    assert rows["render"]["frames"] == 1


def test_clocks_that_do_not_fit_are_noticed() -> None:
    late = line(7) | {name: moment + 0.1 for name, moment in TIMES.items()}
    with pytest.raises(SettingsError, match=r"add up to 139\.0 ms, the whole is 40\.0 ms"):
        table("page", ways([seen()], [late]))


def test_nothing_to_follow_is_one_sentence() -> None:
    with pytest.raises(SettingsError, match="No frame of page"):
        table("page", [])


async def test_a_real_server_a_real_browser_and_a_session_are_measured(
    house: OpenHouse, engine: FlatEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = engine.draw

    def slowly(requests: Sequence[Request]) -> list[torch.Tensor]:
        time.sleep(0.04)
        return draw(requests)

    monkeypatch.setattr(engine, "draw", slowly)
    trace = tmp_path / "times.jsonl"
    plan = moving(codec="h264-alpha", fps=8.0, seconds=2.0)
    async with house(load_limit=0, trace=str(trace)) as home:
        try:
            rows = await bench_whole(home.address, plan, 1, 1, trace)
        except SettingsError as error:
            if "Chromium on this machine" not in str(error):
                raise
            pytest.skip("No Chromium is installed.")
    found = {(row["client"], row["stage"]): row for row in rows}
    assert {client for client, _ in found} == {"Chromium", "Python, 1"}
    for client in ("Chromium", "Python, 1"):
        assert found[client, WHOLE]["frames"] >= 3
        assert found[client, SUM]["mean_ms"] == pytest.approx(found[client, WHOLE]["mean_ms"], rel=0.05)
    assert 0 < found["Chromium", JOIN]["p50_ms"] < found["Chromium", PAGE]["p50_ms"]
