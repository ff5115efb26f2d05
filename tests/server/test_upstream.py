"""What a relay hears of the server behind it, and what it makes of the end."""

import asyncio
import datetime
from pathlib import Path

import aiohttp
import pytest

from house import OpenHouse
from server.certificate import fingerprint, own_certificate
from server.protocol import CloseCode
from server.settings import SettingsError
from server.upstream import Bye, End, Error, Heard, Picture, Pull, Upstream, Welcome, ended

FINGERPRINT = ":".join(["ab"] * 32)
WATCHED = {"codecs": ["raw"], "size": 128}


@pytest.mark.parametrize(
    ("last", "code"),
    [
        (None, None),
        (None, CloseCode.DRAINING),
        (Bye("draining", reconnect=True), CloseCode.DRAINING),
        (Error("not_ready", "Soon.", fatal=True, retry_after=1.0), CloseCode.DRAINING),
        (Error("silent", "Nothing was heard.", fatal=True), CloseCode.SILENT),
    ],
    ids=["cut", "closed", "draining", "not ready", "silent"],
)
def test_what_may_pass_is_tried_again(last: Error | Bye | None, code: int | None) -> None:
    assert ended(last, code) is None


def test_a_server_that_ends_a_session_is_taken_at_its_word() -> None:
    end = ended(Bye("The performer left.", reconnect=False), CloseCode.DONE)
    assert end is not None
    assert (end.error.message, end.error.close) == ("The performer left.", CloseCode.DONE)
    assert end.bye == {"type": "bye", "reason": "The performer left.", "reconnect": False}


def test_a_refusal_is_handed_on_as_it_came() -> None:
    end = ended(Error("full", "No place.", fatal=True, retry_after=5.0), CloseCode.FULL)
    assert end is not None
    assert (end.error.code, end.error.message, end.error.close) == ("full", "No place.", CloseCode.FULL)
    assert (end.error.retry_after, end.bye) == (5.0, None)


def test_a_hello_that_is_not_taken_may_be_said_again() -> None:
    end = ended(Error("bad_message", "None of these codecs.", fatal=False), None)
    assert end is not None
    assert end.error.close is None


@pytest.mark.parametrize(
    "address",
    [
        "",
        "127.0.0.1:8765",
        "ftp://host",
        "http://",
        "https://host#md5=00",
        f"http://host#sha256={FINGERPRINT}",
    ],
)
async def test_what_is_no_address_is_one_sentence(address: str) -> None:
    async with aiohttp.ClientSession() as http:
        with pytest.raises(SettingsError, match=r"is not the address of a server, such as http://.*\.$"):
            Upstream(address, http)


async def test_a_certificate_that_no_system_vouches_for_is_trusted_by_its_fingerprint(
    house: OpenHouse, tmp_path: Path
) -> None:
    own = own_certificate(tmp_path, ("127.0.0.1",), datetime.datetime.now(datetime.UTC))
    async with house(tls_cert=str(own.cert), tls_key=str(own.key)) as home:
        digest = fingerprint(own.cert)
        for written in (digest, digest.upper()):
            assert await Upstream(f"{home.address}#sha256={written}", home.http).answers()
        assert not await Upstream(f"{home.address}#sha256={FINGERPRINT}", home.http).answers()
        assert not await Upstream(home.address, home.http).answers()


async def test_whether_the_server_lives_is_known(house: OpenHouse) -> None:
    async with aiohttp.ClientSession() as http:
        async with house() as home:
            assert await Upstream(home.address, http).answers()
        assert not await Upstream(home.address, http).answers()


class Heardings:
    """What one pull heard."""

    def __init__(self) -> None:
        self.all: list[Heard] = []
        self.came = asyncio.Event()

    def __call__(self, heard: Heard) -> None:
        self.all.append(heard)
        self.came.set()

    async def wait_for(self, kind: type, more_than: int = 0) -> None:
        async with asyncio.timeout(5):
            while sum(isinstance(one, kind) for one in self.all) <= more_than:
                self.came.clear()
                await self.came.wait()


async def test_a_broken_connection_is_made_anew(house: OpenHouse) -> None:
    async with house() as home:
        session = (await (await home.peer()).perform())["session"]
        heard = Heardings()
        pull = Pull(Upstream(home.address, home.http), {"session": session, "video": WATCHED}, heard, 30.0)
        running = asyncio.create_task(pull.run())
        await heard.wait_for(Picture)
        (there,) = [client for client in home.service.clients if client.role == "watch"]
        there.cut()
        await heard.wait_for(Welcome, more_than=1)
        await heard.wait_for(Picture, more_than=1)
        running.cancel()


async def test_a_server_that_stays_away_is_given_up(house: OpenHouse) -> None:
    async with aiohttp.ClientSession() as http:
        async with house() as home:
            session = (await (await home.peer()).perform())["session"]
            heard = Heardings()
            pull = Pull(Upstream(home.address, http), {"session": session, "video": WATCHED}, heard, 0.2)
            running = asyncio.create_task(pull.run())
            await heard.wait_for(Picture)
        end: End = await asyncio.wait_for(running, 10)
    assert (end.error.code, end.error.close) == ("not_ready", CloseCode.DRAINING)
    assert end.error.message == "The server behind this relay does not answer."


async def test_it_pings_so_as_not_to_be_held_silent_and_acknowledges_nothing(house: OpenHouse) -> None:
    async with house(heartbeat_seconds=0.2) as home:
        performer = await home.peer()
        session = (await performer.perform())["session"]
        heard = Heardings()
        pull = Pull(Upstream(home.address, home.http), {"session": session, "video": WATCHED}, heard, 30.0)
        running = asyncio.create_task(pull.run())
        await heard.wait_for(Picture)
        for _ in range(8):
            await performer.say("ping")
            await asyncio.sleep(0.1)
        (there,) = [client for client in home.service.clients if client.role == "watch"]
        assert there.tally.acked is None
        assert sum(isinstance(one, Welcome) for one in heard.all) == 1
        running.cancel()
