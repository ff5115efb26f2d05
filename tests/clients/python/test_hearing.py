import asyncio
import threading
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from bunraku_client.errors import InvalidInputError
from bunraku_client.hearing import STEP, Hearing
from bunraku_client.voice import HOP, Samples

SECOND = round(1 / STEP)


class Source:
    """So many hops at once, then those that a test lets come, then the end."""

    def __init__(self, at_once: int) -> None:
        self.at_once = at_once
        self.more = threading.Semaphore(0)
        self.over = False

    def __call__(self, came: Callable[[], None]) -> Iterator[Samples]:
        came()
        for number in range(self.at_once):
            yield hop(number)
        while not self.over:
            assert self.more.acquire(timeout=10)
            if not self.over:
                self.at_once += 1
                yield hop(self.at_once - 1)

    def end(self) -> None:
        self.over = True
        self.more.release()


def hop(number: int) -> Samples:
    return np.full(HOP, number, np.float32)


def number(heard: Samples | None) -> int:
    assert heard is not None
    return int(heard[0])


async def until(hearing: Hearing, waiting: int) -> None:
    async with asyncio.timeout(10):
        while hearing.waiting < waiting:  # noqa: ASYNC110 - a thread has no event
            await asyncio.sleep(0.001)


async def test_hops_come_in_their_order_to_the_end() -> None:
    source = Source(3)
    hearing = Hearing(source)
    assert [number(await hearing.next()) for _ in range(3)] == [0, 1, 2]
    source.more.release()
    assert number(await hearing.next()) == 3
    source.end()
    assert await hearing.next() is None


async def test_what_is_wrong_with_a_sound_is_raised_once_what_came_before_was_heard() -> None:
    def broken(_: Callable[[], None]) -> Iterator[Samples]:
        yield hop(0)
        raise InvalidInputError("No sound.")

    hearing = Hearing(broken)
    assert await hearing.next() is not None
    for _ in range(2):
        with pytest.raises(InvalidInputError, match="No sound"):
            await hearing.next()


async def test_what_comes_as_fast_as_it_is_spoken_is_live_and_can_be_caught_up_with() -> None:
    now = [0.0]
    source = Source(4 * SECOND)
    hearing = Hearing(source, lambda: now[0])
    await until(hearing, 4 * SECOND)
    assert not hearing.live
    now[0] = 4.0
    assert hearing.live
    hearing.skip()
    assert number(await hearing.next()) == 4 * SECOND - 1
    source.end()


async def test_a_short_sound_that_has_ended_is_not_live() -> None:
    source = Source(1)
    hearing = Hearing(source, lambda: 9.0)
    await hearing.begin()
    assert hearing.live
    source.end()
    await hearing.next()
    assert await hearing.next() is None
    assert not hearing.live


async def test_no_more_than_a_minute_is_read_ahead() -> None:
    source = Source(70 * SECOND)
    hearing = Hearing(source)
    await until(hearing, 60 * SECOND - 30)
    await asyncio.sleep(0.05)
    assert hearing.waiting <= 61 * SECOND
    while hearing.waiting:
        await hearing.next()
        await asyncio.sleep(0)
    source.end()
