import math

import numpy as np
import pytest

from house import OpenHouse
from models.pose import DEFAULT
from server.link import Shape
from server.link_bench import Arrival, bench_link, picture, rows
from server.performing import Plan
from server.settings import SettingsError

FAST = Shape(5e6)
SCENE = (("fast", FAST, 10.0), ("slow", FAST, 10.0), ("fast again", FAST, 10.0))


def arriving(begin: float, end: float, fps: float, size: int, latency: float) -> list[Arrival]:
    return [
        Arrival(begin + number / fps, size, latency, 512, 0.7) for number in range(round(fps * (end - begin)))
    ]


def test_each_part_has_its_rate_and_latency() -> None:
    seen = arriving(0, 10, 30, 10_000, 50.0) + arriving(10, 20, 10, 5_000, 400.0)
    fast, slow, _ = rows(seen, SCENE)
    assert (fast["fps"], slow["fps"]) == (30.0, 10.0)
    assert fast["mbit_s"] == pytest.approx(2.4)
    assert (slow["p50_ms"], slow["worst_ms"]) == (400.0, 400.0)


def test_recovery_is_when_most_of_the_former_rate_has_come_back() -> None:
    seen = (
        arriving(0, 10, 30, 10_000, 50.0)
        + arriving(10, 20, 10, 5_000, 50.0)
        + arriving(20, 22, 10, 5_000, 50.0)
        + arriving(22, 30, 30, 10_000, 50.0)
    )
    _, slow, again = rows(seen, SCENE)
    assert math.isnan(slow["recovery_s"])
    assert 2.3 < again["recovery_s"] < 2.6


def test_what_had_waited_is_no_recovery() -> None:
    flood = arriving(20, 25, 60, 10_000, 3000.0)
    _, _, again = rows(arriving(0, 10, 30, 10_000, 50.0) + flood, SCENE)
    assert math.isnan(again["recovery_s"])


def test_the_picture_shows_the_scene() -> None:
    assert "fast again" in picture(arriving(0, 30, 30, 10_000, 50.0), SCENE)


async def test_a_scene_is_played_on_a_real_server(house: OpenHouse) -> None:
    plan = Plan(["ada"], np.stack([DEFAULT] * 2), 20, 128, "png", 0.0)
    plan.poses[1, 39] = 1.0
    async with house() as home:
        table, arrivals = await bench_link(home.address, plan, (("near", FAST, 1.0), ("far", FAST, 1.0)))
    assert [row["link"] for row in table] == ["near", "far"]
    assert all(row["fps"] > 5 for row in table)
    assert arrivals[-1].width == 128


async def test_a_refusal_is_one_sentence(house: OpenHouse) -> None:
    plan = Plan(["nobody"], np.stack([DEFAULT]), 20, 128, "png", 0.0)
    async with house() as home:
        with pytest.raises(SettingsError, match="The server refused: "):
            await bench_link(home.address, plan, (("near", FAST, 0.5),))
