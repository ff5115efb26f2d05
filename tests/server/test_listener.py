"""Where nothing can listen, one sentence says why; a signal ends what listens."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from server.listener import listening, signalled
from server.settings import Settings, SettingsError


async def test_the_address_is_given_and_answers_until_the_end() -> None:
    async with aiohttp.ClientSession() as http:
        async with listening(web.Application(), Settings(port=0)) as address:
            assert address.startswith("http://127.0.0.1:")
            async with http.get(f"{address}/nothing") as response:
                assert response.status == 404
        with pytest.raises(aiohttp.ClientConnectionError):
            await http.get(f"{address}/nothing")


async def test_an_address_that_is_taken_is_one_sentence() -> None:
    async with listening(web.Application(), Settings(port=0)) as address:
        port = int(address.rpartition(":")[2])
        with pytest.raises(SettingsError, match=rf"^Cannot listen on 127.0.0.1, port {port}: .*\.$"):
            async with listening(web.Application(), Settings(port=port)):
                pass


@pytest.mark.parametrize("text", [None, "no certificate"], ids=["missing", "of another kind"])
async def test_a_certificate_that_cannot_be_used_is_one_sentence(tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "own.pem"
    if text:
        file.write_text(text)
    with pytest.raises(SettingsError, match=r"own\.pem are no certificate and its key: .*\."):
        async with listening(web.Application(), Settings(port=0, tls_cert=str(file), tls_key=str(file))):
            pass


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM.")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_is_noted_from_the_beginning(number: int) -> None:
    told = signalled()
    os.kill(os.getpid(), number)
    await asyncio.wait_for(told(), 5)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
