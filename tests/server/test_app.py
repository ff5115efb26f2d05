import asyncio
import signal
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest

from house import FlatEngine, House, OpenHouse, Peer
from server import app
from server.app import DeviceError
from server.device import Device
from server.settings import Settings
from server.wire import ENCODINGS


async def test_it_is_ready_once_the_engine_is_warm_and_nothing_is_left_of_that(
    house: OpenHouse, engine: FlatEngine
) -> None:
    async with house() as home:
        assert home.service.cost.seconds(512**2) > 0
        assert engine.loaded == {}
        assert len(engine.batches) > 1


async def test_leaving_says_bye_to_everybody_after_the_last_frames(
    house: OpenHouse, engine: FlatEngine
) -> None:
    async with aiohttp.ClientSession() as http:
        async with house() as home:
            peer = await House(home.service, home.address, http).peer()  # outlives it, to hear its end
            await peer.perform()
            await peer.hear("frame")
            engine.gate.clear()
            await peer.say("pose", seq=3, values={"head_x": 1.0})
            await asyncio.sleep(0.1)
            asyncio.get_running_loop().call_later(0.3, engine.gate.set)
            hearing = asyncio.create_task(everything(peer))
        heard = await hearing
        frames = [fields for fields in heard if fields["type"] == "frame"]
        assert frames[-1]["seq"] == 3
        (bye,) = [fields for fields in heard if fields["type"] == "bye"]
        assert (bye["reason"], bye["reconnect"]) == ("draining", True)
        assert peer.socket.close_code == 1001


async def everything(peer: Peer) -> list[dict[str, Any]]:
    heard = []
    while not peer.socket.closed:
        message = await peer.socket.receive(timeout=5)
        if message.type is aiohttp.WSMsgType.BINARY:
            fields = peer.encoding.decode(message.data)
            assert isinstance(fields, dict)
            heard.append(fields)
    return heard


async def test_a_client_that_does_not_read_cannot_hold_up_the_end(house: OpenHouse) -> None:
    async with aiohttp.ClientSession() as http:
        async with house(drain_seconds=1.0) as home:
            outside = House(home.service, home.address, http)
            deaf = await outside.peer()
            await deaf.perform(video={"size": 512, "codecs": ["raw"]})
            await deaf.hear("frame")
            deaf.transport.pause_reading()
            begun = time.monotonic()
        assert time.monotonic() - begun < 3
        outside.close()


async def test_a_device_that_is_lost_ends_the_server_which_says_bye_and_why(
    engine: FlatEngine, sample_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lost(_: Device) -> bool:
        return engine.failing

    monkeypatch.setattr(app, "build_engine", lambda *_, **__: engine)
    monkeypatch.setattr(app, "gc", SimpleNamespace(collect=int, freeze=int))
    monkeypatch.setattr(Device, "lost", lost)
    opened = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(app.serve(Settings(characters=sample_folder, port=0), opened.set_result))
    async with aiohttp.ClientSession() as http:
        socket = await http.ws_connect(f"{await opened}/v1/stream", protocols=[ENCODINGS[0].subprotocol])
        peer = Peer(socket, ENCODINGS[0])
        await peer.perform()
        await peer.hear("frame")
        engine.failing = True
        await peer.say("pose", seq=1, values={"head_x": 0.5})
        assert (await peer.hear("bye"))["reconnect"] is True
        assert await peer.hear_close() == 1001
    with pytest.raises(DeviceError, match=r"^The device draws no more, .*\.$"):
        await asyncio.wait_for(serving, 10)


async def test_a_device_that_cannot_draw_at_the_start_is_one_sentence(
    house: OpenHouse, engine: FlatEngine
) -> None:
    engine.failing = True
    with pytest.raises(DeviceError, match=r"^The device cpu cannot draw: the device is on fire\.$"):
        async with house():
            pass


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM.")
async def test_sigterm_in_mid_stream_ends_the_process_in_order(sample_folder: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "server.cli", "serve", "--port", "0", "--characters", str(sample_folder)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        assert process.stdout is not None
        address = (await process.stdout.readline()).decode().split()[-1]
        async with aiohttp.ClientSession() as http:
            socket = await http.ws_connect(f"{address}/v1/stream", protocols=["bunraku.v1.json"])
            hello = {"type": "hello", "role": "perform", "character": "ada", "video": {"size": 128}}
            await socket.send_str(str(ENCODINGS[1].encode(hello)))
            while (await socket.receive(timeout=20)).type is not aiohttp.WSMsgType.BINARY:
                pass
            process.send_signal(signal.SIGTERM)
            asked = time.monotonic()
            texts = []
            while not socket.closed:
                message = await socket.receive(timeout=20)
                if message.type is aiohttp.WSMsgType.TEXT:
                    texts.append(message.json())
        assert texts[-1]["type"] == "bye"
        assert socket.close_code == 1001
        assert await asyncio.wait_for(process.wait(), 20) == 0
        assert time.monotonic() - asked < 10
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
