"""Who watches is measured while others join."""

import math

from house import OpenHouse
from played_plan import moving
from server.join_bench import Got, bench_joining, row


def test_keyframes_are_told_from_the_rest() -> None:
    got = [Got(number / 10, 5000 if number == 3 else 500, number == 3) for number in range(20)]
    part = row("two seconds", 2.0, got, [30.0, 10.0, 20.0])
    assert (part["fps"], part["keyframes"]) == (10.0, 1)
    assert (part["kbps"], part["key_kbps"]) == (58.0, 20.0)
    assert (part["first_p50_ms"], part["first_p95_ms"]) == (20.0, 30.0)


async def test_who_was_there_pays_nothing_while_others_join(house: OpenHouse) -> None:
    scene = (("quiet", 0), ("joining", 4))
    async with house(load_limit=0) as home:
        quiet, joining = await bench_joining(home.address, moving(codec="h264", seconds=1.5), scene)
    assert math.isnan(quiet["first_p50_ms"])
    assert joining["first_p95_ms"] < 1500
    assert joining["fps"] > 3
    assert joining["keyframes"] == 0
