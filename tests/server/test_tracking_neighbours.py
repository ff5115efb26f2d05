import sys

import pytest

from house import OpenHouse
from models.pose import DEFAULT
from server import tracking, tracking_neighbours
from server.performing import Plan
from server.settings import SettingsError
from server.tracking_neighbours import bench_neighbours

WORKER = """
import sys
from server.tracking_worker import read, write
write(sys.stdout.buffer, {"ready": True})
while read(sys.stdin.buffer) is not None:
    write(sys.stdout.buffer, {"face": None})
"""


@pytest.fixture(autouse=True)
def _brief(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracking, "_command", lambda model: [sys.executable, "-c", WORKER])
    monkeypatch.setattr(tracking_neighbours, "_ROUNDS", 1)
    monkeypatch.setattr(tracking_neighbours, "_WARM_SECONDS", 0.2)


def plan(characters: list[str]) -> Plan:
    return Plan(characters, DEFAULT[None], 20.0, 128, "raw", 1.0)


async def test_a_fifth_session_is_measured_beside_four_of_each_kind(house: OpenHouse) -> None:
    async with house(tracker_processes=1) as home:
        posed, tracked = await bench_neighbours(home.address, plan(["ada", "bea"]), [b"picture"], 0.01)
    assert (posed["beside"], tracked["beside"]) == ("four driven by poses", "four tracked")
    assert (posed["tracked"], posed["cores"]) == (0, 0)
    assert tracked["tracked"] > 10
    assert 0 < tracked["cores"] < 1
    for row in (posed, tracked):
        assert 2 < row["fps"] <= 25
        assert 0 < row["p50_ms"] <= row["p95_ms"]


async def test_a_server_that_tracks_nothing_is_told(house: OpenHouse) -> None:
    async with house(tracker_processes=0) as home:
        with pytest.raises(SettingsError, match="The server refused: This server is set"):
            await bench_neighbours(home.address, plan(["ada"]), [b"picture"], 0.01)
