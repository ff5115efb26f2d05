"""`bunraku relay` runs until it is told to stop, and says in one sentence what it cannot do."""

import asyncio
import os
import signal
import sys

import pytest

from house import OpenHouse
from server.cli import main


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "'nowhere' is not the address of a server"),
        (["http://127.0.0.1:1", "--port", "many"], "port"),
        (["http://127.0.0.1:1", "--max-watchers", "0"], "max_watchers must be more than 0"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["relay", *arguments]) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert said in error
    assert error.startswith("bunraku: ")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM.")
async def test_it_relays_until_sigterm_and_then_says_bye(house: OpenHouse) -> None:
    async with house() as home:
        session = (await (await home.peer()).perform())["session"]
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "server.cli", "relay", home.address, "--port", "0"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            assert process.stdout is not None
            line = (await process.stdout.readline()).decode()
            assert line.startswith(f"Bunraku relays {home.address} at http://127.0.0.1:")
            assert os.getpriority(os.PRIO_PROCESS, process.pid) >= 10  # it yields to what is drawn
            home.address = line.split()[-1]
            peer = await home.peer()
            await peer.watch(session)
            await peer.hear("frame")
            process.send_signal(signal.SIGTERM)
            assert (await peer.hear("bye"))["reconnect"]
            assert await peer.hear_close() == 1001
            assert await asyncio.wait_for(process.wait(), 20) == 0
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


def test_its_flags_are_those_that_mean_anything_here(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["relay", "--help"])
    told = capsys.readouterr().out
    assert "--max-watchers" in told
    assert "--characters" not in told
