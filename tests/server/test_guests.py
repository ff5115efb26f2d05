"""When the house closes, everybody is told, and waited for."""

import asyncio

from house import OpenHouse


async def test_all_are_told_and_gone_before_it_is_over(house: OpenHouse) -> None:
    async with house() as home:
        peers = [await home.peer() for _ in range(2)]
        for peer in peers:
            await peer.perform()
        assert len(home.service.clients) == 2
        leaving = asyncio.create_task(home.service.clients.dismiss())
        for peer in peers:
            bye = await peer.hear("bye")
            assert (bye["reconnect"], bye["after"]) == (True, 1.0)
            assert not leaving.done()
            assert await peer.hear_close() == 1001
        await asyncio.wait_for(leaving, 5)
        assert len(home.service.clients) == 0


async def test_nobody_there_is_nobody_to_wait_for(house: OpenHouse) -> None:
    async with house() as home:
        await asyncio.wait_for(home.service.clients.dismiss(), 1)


async def test_who_does_not_go_is_cut_off(house: OpenHouse) -> None:
    async with house() as home:
        peer = await home.peer()
        await peer.perform()
        home.service.clients.cut()
        assert await peer.hear_close() == 1006
