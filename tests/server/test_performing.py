"""Sessions of a bench perform while a block runs."""

import asyncio
from typing import Any

import aiohttp
import pytest

from house import OpenHouse
from played_plan import moving
from server.performing import Answers, Heard, performing, say
from server.settings import SettingsError


def answered(seq: int | None, moment: float, **said: Any) -> Heard:
    input_ = {} if seq is None else {"seq": seq, "time": 1000.0}
    return Heard({"type": "frame", **input_, **said}, moment, 100)


def test_frames_are_counted_and_only_the_first_of_each_pose_has_a_latency() -> None:
    answers = Answers()
    for heard in (answered(None, 1.0), answered(4, 1.02), answered(4, 1.05), answered(5, 1.06)):
        answers.note(heard)
    answers.note(Heard({"type": "video"}, 1.07, 10))
    assert answers.frames == 4
    assert answers.latencies == pytest.approx([20, 60])


def test_a_pose_that_was_answered_before_counting_began_has_no_latency_after() -> None:
    answers = Answers()
    answers.note(answered(4, 1.02))
    answers.clear()
    answers.note(answered(4, 1.05))
    assert (answers.frames, answers.latencies) == (1, [])


async def test_a_session_performs_while_the_block_runs_and_is_gone_after(house: OpenHouse) -> None:
    answers = Answers()
    async with house(load_limit=0) as home, aiohttp.ClientSession() as http:
        async with performing(http, home.address, moving(), 1, note=answers.note) as session:
            await asyncio.sleep(0.5)
            found = home.service.table.find(session)
            assert found is not None
            assert found.character == "bea"
        await asyncio.sleep(0.2)
        assert home.service.table.find(session) is None
    assert answers.frames >= 3
    assert min(answers.latencies) > 0


async def test_what_is_refused_in_the_midst_ends_the_block_with_a_sentence(house: OpenHouse) -> None:
    async def send(socket: aiohttp.ClientWebSocketResponse) -> None:
        await say(socket, type="dance")
        await asyncio.sleep(60)

    async with house() as home, aiohttp.ClientSession() as http:
        with pytest.raises(SettingsError, match="There is no message of type 'dance'"):
            async with performing(http, home.address, moving(), send=send):
                await asyncio.sleep(60)


async def test_a_session_that_the_server_closes_ends_the_block_with_a_sentence(house: OpenHouse) -> None:
    async with house() as home, aiohttp.ClientSession() as http:
        with pytest.raises(SettingsError, match="closed a session with 1001"):
            async with performing(http, home.address, moving()):
                await home.service.drain()
                await asyncio.sleep(60)
