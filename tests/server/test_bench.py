"""Sessions of a real server are measured from outside."""

from pathlib import Path

import pytest

from house import OpenHouse
from played_plan import moving
from server.bench import Row, bench_sessions, running_server
from server.performing import Plan
from server.settings import SettingsError


async def rows(address: str, trace: Path, wanted: Plan, *counts: int) -> list[Row]:
    return [row async for row in bench_sessions(address, wanted, counts, trace)]


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    return tmp_path / "times.jsonl"


async def test_each_number_of_sessions_gives_a_row_that_adds_up(house: OpenHouse, trace: Path) -> None:
    async with house(load_limit=0, trace=str(trace)) as home:
        one, three = await rows(home.address, trace, moving(), 1, 3)
    assert (one["sessions"], three["sessions"]) == (1, 3)
    assert 10 <= one["fps"] <= 21
    assert three["fps"] >= 3 * three["fps_each"] > 0
    assert 0 < one["p50_ms"] <= one["p95_ms"] <= one["p99_ms"]
    assert one["queue_ms"] + one["render_ms"] + one["encode_ms"] < one["p99_ms"]
    assert one["mean_batch"] >= 1
    assert 0 < one["own_p50_ms"] <= one["own_p99_ms"] < one["p99_ms"]


async def test_a_server_that_refuses_ends_the_bench_with_a_sentence(house: OpenHouse, trace: Path) -> None:
    async with house() as home:
        with pytest.raises(SettingsError, match=r"refused: There is no character"):
            await rows(home.address, trace, moving(characters=["nobody"]), 1)


async def test_the_server_to_be_measured_runs_in_a_process_of_its_own(
    sample_folder: Path, trace: Path
) -> None:
    async with running_server("--characters", str(sample_folder), "--trace", str(trace)) as address:
        (row,) = await rows(address, trace, moving(), 1)
        assert row["fps"] > 0


async def test_a_server_that_does_not_start_is_one_sentence() -> None:
    with pytest.raises(SettingsError, match="did not start"):
        async with running_server("--characters", "/nowhere"):
            pass
