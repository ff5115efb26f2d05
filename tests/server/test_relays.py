"""Who comes to watch is sent to a relay that answers, and stays where none does."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bunraku_client import Session, Video, watch
from house import House, OpenHouse
from server import relays as module
from server.relay import Relay
from server.relay_app import relaying
from server.relays import Relays
from server.settings import Settings, SettingsError

RAW = {"size": 128, "codecs": ["raw"]}


@pytest.fixture(autouse=True)
def _asked_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ASKED_SECONDS", 0.05)


@pytest.fixture
def ports() -> list[int]:
    """Free ones, which a server may be told of before anything listens there."""
    found = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    numbers = [one.getsockname()[1] for one in found]
    for one in found:
        one.close()
    return numbers


@asynccontextmanager
async def relay_on(home: House, port: int) -> AsyncIterator[Relay]:
    async with relaying(Settings(port=port, drain_seconds=2.0), home.address) as (relay, _):
        yield relay


def addresses(ports: list[int]) -> tuple[str, ...]:
    return tuple(f"http://127.0.0.1:{port}/" for port in ports)


async def sent_to(home: House, session: str) -> str | None:
    """Where a watcher is sent; None where it stays."""
    peer = await home.peer()
    await peer.say("hello", role="watch", session=session, video=RAW)
    while (said := await peer.hear_any())["type"] not in ("bye", "frame"):
        pass
    if said["type"] == "frame":
        return None
    assert (said["reason"], said["reconnect"]) == ("moved", True)
    assert await peer.hear_close() == 1000
    return str(said["url"])


async def until_sent(home: House, session: str, url: str | None) -> None:
    async with asyncio.timeout(10):
        while await sent_to(home, session) != url:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("address", ["", "127.0.0.1:8766", "ws://host:8766"])
def test_what_is_no_address_is_one_sentence(address: str) -> None:
    with pytest.raises(SettingsError, match=r"is no address such as http://host:8766\.$"):
        Relays([address])


async def test_relays_that_answer_take_turns(house: OpenHouse, ports: list[int]) -> None:
    first, second = (f"{address}v1/stream" for address in addresses(ports))
    async with house(relays=addresses(ports)) as home:
        session = (await (await home.peer()).perform(video=RAW))["session"]
        assert await sent_to(home, session) is None
        async with relay_on(home, ports[0]):
            await until_sent(home, session, first)
            async with relay_on(home, ports[1]):
                await until_sent(home, session, second)
                assert {await sent_to(home, session) for _ in range(2)} == {first, second}
        await until_sent(home, session, None)


async def test_a_session_that_is_not_there_is_told_at_once(house: OpenHouse, ports: list[int]) -> None:
    async with house(relays=addresses(ports[:1]), watcher_tokens=("w",)) as home, relay_on(home, ports[0]):
        for fields, code in (({}, 4001), ({"token": "w"}, 4004)):
            peer = await home.peer()
            await peer.say("hello", role="watch", session="nobody's", **fields)
            assert await peer.hear_close() == code


async def test_a_client_follows_to_the_relay_and_back_when_that_stops(
    house: OpenHouse, ports: list[int]
) -> None:
    async with house(relays=addresses(ports[:1])) as home:
        performer = await home.peer()
        session = (await performer.perform(video=RAW))["session"]
        async with relay_on(home, ports[0]) as relay:
            await until_sent(home, session, f"{addresses(ports)[0]}v1/stream")
            watching = watch(home.address, session, video=Video(codecs=("raw",), size=128))
            follower = await watching.__aenter__()
            assert await anything(follower)
            assert len(relay.clients) == 1
        found = home.service.table.find(session)
        assert found is not None
        async with asyncio.timeout(15):
            while not found.watchers:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        await performer.say("pose", seq=3, values={"head_x": 1.0})
        assert await anything(follower)
        await watching.__aexit__(None, None, None)


async def anything(session: Session) -> bool:
    async with asyncio.timeout(10):
        async for frame in session.frames():
            return bool(frame.data)
    return False
