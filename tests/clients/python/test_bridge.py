"""The bridge: packets in by real sockets, blendshapes out to a session."""

from __future__ import annotations

import asyncio
import io
import json
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import numpy as np
import pytest
from rich.console import Console

from bunraku_client import bridge_view, sources
from bunraku_client.bridge import Bridge
from bunraku_client.calibration import Neutral, load, save
from bunraku_client.cli import main
from bunraku_client.errors import InvalidInputError
from bunraku_client.mocap.ifacialmocap import HANDSHAKE, read
from bunraku_client.mocap.tracked import Tracked
from bunraku_client.track import Track, write_track

if TYPE_CHECKING:
    from clients.python.conftest import FakeServer

PACKET = b"jawOpen-50|=head#10,0,0,0,0,0|"


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _send(port: int, *packets: bytes) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for packet in packets:
            sender.sendto(packet, ("127.0.0.1", port))


async def _until(bridge: Bridge, count: int) -> None:
    async with asyncio.timeout(10):
        while bridge.counts.taken + bridge.counts.refused < count:  # noqa: ASYNC110 - a socket has no event
            await asyncio.sleep(0.005)


async def test_the_newest_face_wins() -> None:
    bridge = Bridge(print)
    bridge.offer(Tracked({"jawOpen": 0.1}))
    bridge.offer(Tracked({"jawOpen": 0.9}))
    assert (await bridge.take()).blendshapes == {"jawOpen": 0.9}
    assert bridge.counts.taken == 2


async def test_dropped_packets_are_counted_and_told_of_once_in_five_seconds() -> None:
    told: list[str] = []
    now = [0.0]
    bridge = Bridge(told.append, clock_ms=lambda: now[0])
    for _ in range(3):
        bridge.refuse("No.")
    now[0] = 6000
    bridge.refuse("Still no.")
    assert told == ["1 packets dropped: No.", "3 packets dropped: Still no."]
    assert bridge.counts.refused == 4


async def test_a_lost_face_leaves_the_character_as_it_is() -> None:
    bridge = Bridge(print)
    bridge.offer(Tracked({"jawOpen": 0.5}))
    bridge.offer(Tracked(face=False))
    assert (await bridge.take()).blendshapes == {"jawOpen": 0.5}


async def test_an_angle_is_turned_round() -> None:
    bridge = Bridge(print, flip=frozenset({"yaw"}))
    bridge.offer(Tracked({}, (1, 2, 3)))
    assert (await bridge.take()).head == (1, -2, 3)


async def test_packets_of_strangers_are_dropped() -> None:
    told: list[str] = []
    bridge = Bridge(told.append)
    async with sources.listening(bridge, read, "127.0.0.1", 0, sender="127.0.0.9") as transport:
        _send(transport.get_extra_info("sockname")[1], PACKET)
        await _until(bridge, 1)
    assert bridge.counts.taken == 0
    assert "127.0.0.1" in told[0]


async def test_malformed_packets_do_not_stop_the_next() -> None:
    bridge = Bridge(lambda _: None)
    async with sources.listening(bridge, read, "127.0.0.1", 0) as transport:
        _send(transport.get_extra_info("sockname")[1], b"?", PACKET)
        await _until(bridge, 2)
    assert (bridge.counts.taken, bridge.counts.refused) == (1, 1)


async def test_a_phone_is_greeted() -> None:
    bridge, loop = Bridge(print), asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.bind(("127.0.0.1", 0))
        phone.setblocking(False)
        async with sources.listening(bridge, read, "127.0.0.1", 0) as transport:
            greeting = asyncio.create_task(sources.greet(transport, "127.0.0.1", phone.getsockname()[1]))
            assert await asyncio.wait_for(loop.sock_recv(phone, 200), 5) == HANDSHAKE
            greeting.cancel()
            await asyncio.gather(greeting, return_exceptions=True)


async def test_a_plugin_of_vtube_studio_moves_the_face_and_a_page_may_not() -> None:
    bridge = Bridge(print)
    said = {"parameterValues": [{"id": "MouthOpen", "value": 0.5}]}
    request = {"apiName": "VTubeStudioPublicAPI", "messageType": "InjectParameterDataRequest", "data": said}
    async with sources.plugins(bridge, "127.0.0.1", 0) as port, aiohttp.ClientSession() as http:
        async with http.ws_connect(f"ws://127.0.0.1:{port}/") as plugin:
            await plugin.send_str(json.dumps(request))
            assert (await plugin.receive_json())["messageType"] == "InjectParameterDataResponse"
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await http.ws_connect(f"ws://127.0.0.1:{port}/", origin="http://example.com")
    assert (await bridge.take()).blendshapes == {"jawOpen": 0.5}


async def test_a_phones_packet_performs_the_character(server: FakeServer, tmp_path: Path) -> None:
    port = _free_port()
    argv = ["bridge", "ifacialmocap", "--url", server.url, "--character", "mika", "--listen", "127.0.0.1"]
    more = ["--port", str(port), "--seconds", "1.5", "--plain", "--config", str(tmp_path / "c.json")]
    command = asyncio.create_task(asyncio.to_thread(main, [*argv, *more]))
    async with asyncio.timeout(20):
        while not server.of_type("blendshapes"):
            _send(port, PACKET)
            await asyncio.sleep(0.02)
    assert await command == 0
    message = server.of_type("blendshapes")[0]
    assert message["values"] == {"jawOpen": 0.5}
    assert message["head"] == [10, 0, 0]


@pytest.mark.parametrize(
    ("tracker", "kind"), [("vmc", socket.SOCK_DGRAM), ("vtubestudio", socket.SOCK_STREAM)]
)
async def test_a_port_that_is_taken_is_named(
    tracker: str, kind: socket.SocketKind, server: FakeServer, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket(socket.AF_INET, kind) as other:
        other.bind(("127.0.0.1", 0))
        port = str(other.getsockname()[1])
        argv = ["bridge", tracker, "--port", port, "--url", server.url, "--character", "mika"]
        assert await asyncio.to_thread(main, argv) == 1
    assert f"Nobody can be heard at 0.0.0.0, port {port}: " in capsys.readouterr().err


async def test_no_more_faces_are_sent_than_asked_for(server: FakeServer, tmp_path: Path) -> None:
    header = "Timecode,BlendShapeCount,JawOpen"
    rows = [f"0,61,{n / 100}" for n in range(60)]
    (tmp_path / "take.csv").write_text("\n".join([header, *rows]))
    argv = ["bridge", "livelink", str(tmp_path / "take.csv"), "--url", server.url, "--character", "mika"]
    more = ["--fps", "10", "--plain", "--config", str(tmp_path / "c.json")]
    assert await asyncio.to_thread(main, [*argv, *more]) == 0
    assert 3 <= len(server.of_type("blendshapes")) <= 12


async def test_a_recording_can_be_calibrated(server: FakeServer, tmp_path: Path) -> None:
    (tmp_path / "take.csv").write_text("Timecode,BlendShapeCount,JawOpen\n" + "0,61,0.2\n" * 60)
    argv = ["bridge", "livelink", str(tmp_path / "take.csv"), "--url", server.url, "--character", "mika"]
    more = ["--calibrate", "--seconds", "10", "--config", str(tmp_path / "c.json")]
    assert await asyncio.to_thread(main, [*argv, *more]) == 0
    assert load("livelink", tmp_path / "c.json").blendshapes == pytest.approx({"jawOpen": 0.2})
    assert server.of_type("blendshapes")[0]["values"] == pytest.approx({"jawOpen": 0.0})


async def test_a_session_that_ends_is_noticed_before_a_face_came(
    server: FakeServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    argv = ["bridge", "vmc", "--port", str(_free_port()), "--url", server.url, "--character", "mika"]
    more = ["--calibrate", "--seconds", "10", "--config", str(tmp_path / "c.json")]
    command = asyncio.create_task(asyncio.to_thread(main, [*argv, *more]))
    await server.until(lambda: len(server.of_type("ack")) == 1)
    await server.close(4010)
    assert await asyncio.wait_for(command, 5) == 1
    assert "(4010)" in capsys.readouterr().err


async def test_a_recorded_track_says_each_second_what_was_sent(
    server: FakeServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    poses = tuple(np.full(45, n / 30, np.float32) for n in range(30))
    write_track(tmp_path / "nod.npz", Track(np.arange(30) * 50.0, poses))
    argv = ["bridge", "track", str(tmp_path / "nod.npz"), "--url", server.url, "--character", "mika"]
    assert await asyncio.to_thread(main, [*argv, "--plain"]) == 0
    (_, after_a_second, last) = capsys.readouterr().out.splitlines()
    assert 0 < int(after_a_second.split()[2]) < 30
    assert last.split()[2:4] == ["30", "sent"]


async def test_calibration_is_taken_and_kept(tmp_path: Path) -> None:
    bridge = Bridge(print)
    bridge.offer(Tracked({"jawOpen": 0.2, "eyeBlinkLeft": 0.9}, (10, 0, 0)))
    neutral = await bridge.calibrate(0.05)
    assert neutral == Neutral({"eyeBlinkLeft": 0.3, "jawOpen": 0.2}, (10, 0, 0))
    save("vmc", neutral, tmp_path / "deep" / "c.json")
    assert load("vmc", tmp_path / "deep" / "c.json") == neutral
    assert load("livelink", tmp_path / "deep" / "c.json") == Neutral()


def test_from_rest_a_face_still_reaches_its_ends() -> None:
    rest = Neutral({"jawOpen": 0.2, "eyeLookUpLeft": 0.3}, (170, 0, 0))
    look = rest.applied(Tracked({"jawOpen": 1.0, "eyeLookUpLeft": 0.3}, (-170, 0, 0)))
    assert look.blendshapes == {"jawOpen": 1.0, "eyeLookUpLeft": 0.3}
    assert look.head == pytest.approx((20, 0, 0))
    assert rest.applied(Tracked({"jawOpen": 0.1})).blendshapes == {"jawOpen": 0.0}


def test_a_broken_configuration_is_named(tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text('{"neutral": {"vmc": {"head": [1]}}}')
    with pytest.raises(InvalidInputError, match=r"c\.json"):
        load("vmc", tmp_path / "c.json")


def test_the_view_shows_the_strongest_channels() -> None:
    bridge, out = Bridge(print), Console(width=100, record=True, file=io.StringIO())
    bridge.offer(Tracked({"jawOpen": 0.5}, (1, 2, 3)))
    out.print(bridge_view.table(bridge, 12.3))
    shown = out.export_text()
    assert "jawOpen" in shown
    assert "latency 12.3 ms" in shown


@pytest.mark.parametrize(
    "argv", [["livelink"], ["vmc", "x.csv"], ["vmc", "--flip", "nod"], ["vmc", "--fps", "0"]]
)
def test_what_cannot_be_bridged_is_refused(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bridge", *argv, "--character", "mika"]) == 2
    assert capsys.readouterr().err.strip().endswith(".")


@pytest.mark.parametrize("name", ["livelink", "track"])
def test_a_recording_that_is_not_there_is_told_before_anybody_connects(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bridge", name, "no.csv", "--character", "mika"]) == 2
    assert capsys.readouterr().err == "There is no file no.csv.\n"


@pytest.mark.parametrize(
    ("flags", "reason"),
    [
        (["--port", "99999"], "--port is a number from 1 to 65535."),
        (["--port", "0"], "--port is a number from 1 to 65535."),
        (["--from", "phone.local"], "--from takes an address like 192.168.1.20, not phone.local."),
    ],
)
def test_an_address_that_can_be_none_is_refused_before_anybody_connects(
    flags: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bridge", "vmc", "--character", "mika", *flags]) == 2
    assert reason in capsys.readouterr().err
