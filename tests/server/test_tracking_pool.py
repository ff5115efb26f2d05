import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager

import pytest

from server import tracking_pool
from server.tracking_pool import Pool, Seen, TrackerError

# Sees how many pictures of a session came, slowly; dies at the picture `die`.
WORKER = """
import sys, time
from server.tracking_worker import read, write
counts = {}
write(sys.stdout.buffer, {"ready": True})
while (order := read(sys.stdin.buffer)) is not None:
    if order.get("close"):
        counts.pop(order["session"], None)
        continue
    if order["data"] == b"die":
        sys.exit(1)
    time.sleep(0.05)
    counts[order["session"]] = counts.get(order["session"], 0) + 1
    if order["data"] == b"bad":
        write(sys.stdout.buffer, {"error": "No."})
    else:
        values = {order["data"].decode(): counts[order["session"]]}
        write(sys.stdout.buffer, {"face": {"values": values, "matrix": []}})
"""


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(tracking_pool, "_AGAIN_SECONDS", 0.01)
    yield


@asynccontextmanager
async def running(processes: int = 1, replaced: Callable[[], None] = lambda: None) -> AsyncIterator[Pool]:
    pool = Pool([sys.executable, "-c", WORKER], processes, replaced)
    await pool.start()
    try:
        yield pool
    finally:
        await pool.stop()


def look(pool: Pool, session: str, data: bytes) -> asyncio.Future[Seen]:
    future = asyncio.get_running_loop().create_future()
    pool.look(session, "png", data, future.set_result)
    return future


async def answered(future: asyncio.Future[Seen]) -> Seen:
    return await asyncio.wait_for(future, 20)


async def test_the_newest_picture_of_a_session_wins_and_the_others_are_not_answered() -> None:
    async with running() as pool:
        first = look(pool, "a", b"1")
        await asyncio.sleep(0.02)  # the process looks at it
        passed, newest = look(pool, "a", b"2"), look(pool, "a", b"3")
        other = look(pool, "b", b"4")
        assert (await answered(first)).values == {"1": 1}
        assert (await answered(newest)).values == {"3": 2}
        assert (await answered(other)).values == {"4": 1}
        assert not passed.done()


async def test_a_session_keeps_to_one_process_and_sessions_are_spread() -> None:
    async with running(processes=2) as pool:
        assert len(set(pool.pids)) == 2
        for count in (1, 2, 3):
            futures = [look(pool, session, b"x") for session in ("a", "b")]
            assert [(await answered(future)).values for future in futures] == [{"x": count}] * 2


async def test_a_session_that_ended_is_forgotten() -> None:
    async with running() as pool:
        await answered(look(pool, "a", b"x"))
        pool.forget("a")
        pool.forget("stranger")
        await asyncio.sleep(0.1)
        assert (await answered(look(pool, "a", b"x"))).values == {"x": 1}


async def test_a_picture_of_no_use_is_an_error_and_the_next_one_is_seen() -> None:
    async with running() as pool:
        assert (await answered(look(pool, "a", b"bad"))) == Seen(error="No.")
        assert (await answered(look(pool, "a", b"x"))).values == {"x": 2}


async def test_a_process_that_dies_is_replaced_and_sessions_go_on() -> None:
    replaced: list[bool] = []
    async with running(replaced=lambda: replaced.append(True)) as pool:
        before = pool.pids
        lost = await answered(look(pool, "a", b"die"))
        assert lost.error == "The face tracker stopped and is being replaced; send the next picture."
        assert (await answered(look(pool, "a", b"x"))).values == {"x": 1}
        os.kill(pool.pids[0], 9)
        await asyncio.sleep(0.05)
        await answered(look(pool, "a", b"x"))
        assert (await answered(look(pool, "a", b"y"))).values == {"y": 1}
        assert pool.pids != before
        assert len(replaced) == 2


async def test_a_process_that_does_not_answer_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracking_pool, "_ANSWER_SECONDS", 0.02)
    async with running() as pool:
        assert (await answered(look(pool, "a", b"x"))).error


async def test_a_process_that_does_not_start_is_told_in_a_sentence() -> None:
    pool = Pool([sys.executable, "-c", "raise SystemExit(3)"], 1, lambda: None)
    with pytest.raises(TrackerError, match=r"^The face tracker does not start\.$"):
        await pool.start()
    assert pool.pids == []
