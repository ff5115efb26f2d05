import asyncio
import time

from server.fan import SLICE_SECONDS, Fan


async def test_work_is_done_in_the_order_in_which_it_came() -> None:
    fan, done = Fan(), list[int]()
    for number in range(5):
        fan.add(lambda number=number: done.append(number))  # type: ignore[misc]
    assert done == []
    await asyncio.sleep(0)
    assert done == [0, 1, 2, 3, 4]


async def test_other_things_have_their_turn_between() -> None:
    fan, done = Fan(), list[float]()

    def work() -> None:
        time.sleep(SLICE_SECONDS)
        done.append(0.0)

    for _ in range(10):
        fan.add(work)
    seen = []
    while len(done) < 10:
        await asyncio.sleep(0)
        seen.append(len(done))
    assert max(after - before for before, after in zip([0, *seen], seen, strict=False)) == 1


async def test_work_may_add_work() -> None:
    fan, done = Fan(), list[str]()

    def first() -> None:
        done.append("first")
        fan.add(lambda: done.append("second"))

    fan.add(first)
    for _ in range(3):
        await asyncio.sleep(0)
    assert done == ["first", "second"]
    fan.add(lambda: done.append("third"))
    await asyncio.sleep(0)
    assert done[-1] == "third"
