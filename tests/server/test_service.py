import asyncio
from pathlib import Path

import pytest

from house import FlatEngine, OpenHouse
from models.cast import Cast
from models.character import save_character
from models.sample import sample_character
from server.client import Client
from server.device import Device
from server.load import CostModel
from server.metrics import Metrics
from server.protocol import Hello, ProtocolError
from server.registry import Registry
from server.service import Service
from server.settings import Settings


async def test_nobody_is_taken_before_the_server_is_ready(engine: FlatEngine, sample_folder: Path) -> None:
    settings = Settings(characters=sample_folder)
    service = Service(settings, Registry(sample_folder), Device(Cast(engine)), CostModel())
    client = Client(None, None, Metrics(), 1000)  # type: ignore[arg-type]
    with pytest.raises(ProtocolError) as caught:
        await service.join(client, Hello(role="perform", character="ada"))
    assert (caught.value.code, caught.value.close) == ("not_ready", 1001)
    assert caught.value.retry_after is not None


async def test_a_changed_character_is_drawn_anew_without_being_asked(
    house: OpenHouse, engine: FlatEngine, tmp_path: Path
) -> None:
    save_character(sample_character("ada", 1), tmp_path / "ada")
    async with house(characters=tmp_path, scan_seconds=0.1) as home:
        peer = await home.peer()
        await peer.perform("ada")
        await peer.hear("frame")
        before = engine.loaded["ada"]
        save_character(sample_character("ada", 2), tmp_path / "ada")
        assert (await peer.hear("frame"))["key"] is True
        assert engine.loaded["ada"] is not before


async def test_a_folder_that_disappears_ends_its_sessions(house: OpenHouse, tmp_path: Path) -> None:
    save_character(sample_character("ada", 1), tmp_path / "ada")
    async with house(characters=tmp_path, scan_seconds=0.1) as home:
        peer = await home.peer()
        await peer.perform("ada")
        (tmp_path / "ada").rename(tmp_path / ".gone")
        assert (await peer.hear("bye"))["reason"] == "The character was deleted."


async def test_a_character_that_is_shown_is_never_taken_off_the_device(
    house: OpenHouse, engine: FlatEngine
) -> None:
    async with house(resident_bytes=1000) as home:
        first, second = await home.peer(), await home.peer()
        await first.perform("ada")
        await second.perform("bea")
        assert set(engine.loaded) == {"ada", "bea"}
        await second.say("bye")
        await second.hear_close()
        await first.say("pose", seq=1, values={"head_x": 0.5})
        while (await first.hear("frame")).get("seq") != 1:
            pass


async def test_many_performers_of_a_new_character_load_it_once(house: OpenHouse, engine: FlatEngine) -> None:
    async with house() as home:
        peers = [await home.peer() for _ in range(8)]
        await asyncio.gather(*(peer.perform("bea") for peer in peers))
        assert await home.metric("bunraku_resident_bytes") == 1000
        assert len(home.service.table) == 8


async def test_the_booked_load_is_a_metric(house: OpenHouse) -> None:
    async with house() as home:
        for _ in range(100):
            home.service.cost.measured(512**2, 0.01)
        await (await home.peer()).perform(video={"max_fps": 20})
        assert await home.metric("bunraku_load_ratio") == pytest.approx(0.2, rel=0.3)


async def test_a_watcher_that_cannot_keep_up_gets_less_and_the_performer_does_not(house: OpenHouse) -> None:
    async with house() as home:
        performer, slow = await home.peer(), await home.peer()
        video = {"size": 512, "codecs": ["raw"], "max_fps": 60}
        session = (await performer.perform(video=video))["session"]
        await slow.watch(session, video=video)
        slow.transport.pause_reading()
        watcher = next(client for client in home.service.clients if client.role == "watch")
        for seq in range(150):
            await performer.say("pose", seq=seq, values={"head_x": (seq % 9) / 9})
            await performer.hear("frame")
            if watcher.rate.rung >= 4:
                break
        assert watcher.stream is not None
        assert watcher.stream.key.view.width < 512
        slow.transport.resume_reading()
        assert (await slow.hear("config"))["video"]["quality"] < 0.7
        assert {stream.key.view.width for stream in home.service.table.streams()} >= {512}


async def test_what_a_client_measured_is_a_metric(house: OpenHouse) -> None:
    async with house() as home:
        peer = await home.peer()
        await peer.perform()
        frame = await peer.hear("frame")
        await peer.say("ack", frame=frame["frame"], shown_ms=42.0)
        await peer.say("ack", frame=frame["frame"], shown_ms=-1)
        assert (await peer.hear("error"))["code"] == "bad_message"
        assert await home.metric("bunraku_pose_to_picture_seconds_count") == 1
        assert await home.metric("bunraku_pose_to_picture_seconds_sum") == pytest.approx(0.042)
