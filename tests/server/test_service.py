import asyncio
from pathlib import Path

import pytest

from house import FlatEngine, House, OpenHouse
from models.cast import Cast
from models.character import save_character
from models.sample import sample_character
from server import fitting, service
from server.client import Client
from server.device import Device
from server.fan import Fan
from server.load import CostModel
from server.metrics import Metrics
from server.protocol import Hello, ProtocolError
from server.registry import Registry
from server.service import Service
from server.settings import Settings
from server.tokens import new_resume


async def test_nobody_is_taken_before_the_server_is_ready(engine: FlatEngine, sample_folder: Path) -> None:
    settings = Settings(characters=sample_folder)
    one = Service(settings, Registry(sample_folder), Device(Cast(engine)), CostModel())
    client = Client(None, None, Metrics(), 1000, Fan())  # type: ignore[arg-type]
    with pytest.raises(ProtocolError) as caught:
        await one.join(client, Hello(role="perform", character="ada"))
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
        slowed(home, 0.01)
        await (await home.peer()).perform(video={"max_fps": 20})
        assert await home.metric("bunraku_load_ratio") == pytest.approx(0.2, rel=0.3)


async def test_a_watcher_that_cannot_keep_up_gets_less_and_the_performer_does_not(house: OpenHouse) -> None:
    async with house(load_limit=0) as home:
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
        await peer.say("ack", frame=frame["frame"], shown_ms=3e6)  # the machine slept
        await peer.say("ack", frame=frame["frame"], shown_ms=-1)
        assert (await peer.hear("error"))["code"] == "bad_message"
        assert await home.metric("bunraku_pose_to_picture_seconds_count") == 1
        assert await home.metric("bunraku_pose_to_picture_seconds_sum") == pytest.approx(0.042)


async def test_tokens_guard_each_role(house: OpenHouse) -> None:
    async with house(performer_tokens=("p",), watcher_tokens=("w",)) as home:
        stranger = await home.peer()
        await stranger.say("hello", role="perform", character="ada", token="w")
        assert (await stranger.hear("error"))["code"] == "unauthorised"
        assert await stranger.hear_close() == 4001
        session = (await (await home.peer()).perform(token="p"))["session"]
        await (await home.peer()).watch(session, token="w")


async def test_unknown_characters_and_sessions_close_with_4004(house: OpenHouse) -> None:
    async with house() as home:
        for fields in (
            {"role": "perform", "character": "nobody"},
            {"role": "perform", "character": "../ada"},
            {"role": "watch", "session": "none"},
            {"role": "perform", "resume": "guess"},
            {"role": "perform", "resume": "guess", "character": "ada"},
            {"role": "perform", "resume": new_resume()},
            {"role": "perform", "resume": new_resume(), "character": "nobody"},
        ):
            peer = await home.peer()
            await peer.say("hello", **fields)
            assert await peer.hear_close() == 4004, fields


async def test_stats_come_every_second(house: OpenHouse) -> None:
    async with house() as home:
        peer = await home.peer()
        await peer.perform()
        stats = await peer.hear("stats")
        assert (stats["sessions"], stats["watchers"], stats["dropped"]) == (1, 0, 0)
        assert stats["fps"] > 0 and stats["bitrate"] > 0


async def test_a_session_outlives_its_performers_socket_and_is_taken_over(house: OpenHouse) -> None:
    async with house() as home:
        performer, watcher = await home.peer(), await home.peer()
        welcome = await performer.perform()
        await watcher.watch(welcome["session"])
        await performer.say("pose", seq=1, values={"head_x": 1.0, "head_y": 1.0})
        while (await watcher.hear("frame")).get("seq") != 1:
            pass
        performer.transport.abort()
        again = await home.peer()
        resumed = await again.perform(resume=welcome["resume"])
        assert resumed["session"] == welcome["session"]
        await again.say("pose", seq=2, values={"head_x": -1.0})
        seen = await watcher.hear("frame")
        while seen.get("seq") != 2:
            seen = await watcher.hear("frame")
        assert seen["data"][:2] == b"\0\xff"


async def test_a_takeover_closes_the_first_performer_with_4010(house: OpenHouse) -> None:
    async with house() as home:
        first, second = await home.peer(), await home.peer()
        welcome = await first.perform()
        await second.perform(resume=welcome["resume"])
        bye = await first.hear("bye")
        assert (bye["reason"], bye["reconnect"]) == ("replaced", False)
        assert await first.hear_close() == 4010
        await second.say("pose", seq=1, values={"head_x": 0.5})
        assert (await second.hear("frame"))["frame"] == 1
        assert len(home.service.table) == 1


async def test_bye_ends_the_session_for_its_watchers(house: OpenHouse) -> None:
    async with house() as home:
        performer, watcher = await home.peer(), await home.peer()
        session = (await performer.perform())["session"]
        await watcher.watch(session)
        await performer.say("bye")
        assert await performer.hear_close() == 1000
        assert (await watcher.hear("bye"))["reconnect"] is False
        assert await watcher.hear_close() == 1000
        assert len(home.service.table) == 0


async def test_after_a_restart_a_session_goes_on_under_the_same_id(house: OpenHouse) -> None:
    async with house() as home:
        welcome = await (await home.peer()).perform()
    async with house() as home:
        performer, watcher = await home.peer(), await home.peer()
        again = await performer.perform(resume=welcome["resume"])
        assert (again["session"], again["resume"]) == (welcome["session"], welcome["resume"])
        await watcher.watch(welcome["session"])
        await performer.say("pose", seq=1, values={"head_x": 0.5})
        while (await watcher.hear("frame")).get("seq") != 1:
            pass


async def test_a_session_that_was_left_is_opened_again_by_its_secret(house: OpenHouse) -> None:
    async with house() as home:
        first, second = await home.peer(), await home.peer()
        welcome = await first.perform()
        await first.say("bye")
        await first.hear_close()
        again = await second.perform("bea", resume=welcome["resume"])
        assert (again["session"], again["character"]["id"]) == (welcome["session"], "bea")


async def test_of_two_who_open_a_session_again_at_once_the_later_takes_it_over(house: OpenHouse) -> None:
    async with house() as home:
        peers, secret = [await home.peer(), await home.peer()], new_resume()
        welcomes = await asyncio.gather(*(peer.perform("bea", resume=secret) for peer in peers))
        assert welcomes[0]["session"] == welcomes[1]["session"]
        codes = asyncio.gather(*(peer.hear_close(0.5) for peer in peers), return_exceptions=True)
        assert [code for code in await codes if not isinstance(code, TimeoutError)] == [4010]
        assert len(home.service.table) == 1


async def test_a_session_whose_performer_stays_away_ends(house: OpenHouse) -> None:
    async with house(linger_seconds=0.5) as home:
        performer, watcher = await home.peer(), await home.peer()
        session = (await performer.perform())["session"]
        await watcher.watch(session)
        performer.transport.abort()
        assert (await watcher.hear("bye"))["reason"].startswith("The performer was cut off")
        assert len(home.service.table) == 0


async def test_places_are_limited_and_refusals_say_when_to_come_again(house: OpenHouse) -> None:
    async with house(max_sessions=1, max_watchers=1) as home:
        session = (await (await home.peer()).perform())["session"]
        await (await home.peer()).watch(session)
        for fields in ({"role": "perform", "character": "ada"}, {"role": "watch", "session": session}):
            late = await home.peer()
            await late.say("hello", **fields)
            error = await late.hear("error")
            assert (error["code"], error["fatal"]) == ("full", True)
            assert error["retry_after"] > 0
            assert await late.hear_close() == 4013
        assert await home.metric('bunraku_rejected_total{reason="full"}') == 2


async def test_who_was_cut_off_gives_place_to_a_newcomer(house: OpenHouse) -> None:
    async with house(max_sessions=1) as home:
        first, second = await home.peer(), await home.peer()
        welcome = await first.perform()
        first.transport.abort()
        await asyncio.sleep(0.2)
        await second.perform()
        back = await home.peer()
        await back.say("hello", role="perform", resume=welcome["resume"])
        assert await back.hear_close() == 4004


def slowed(home: House, seconds: float) -> None:
    """The device needs so long for a whole picture, and less for a smaller one."""
    home.service.cost._fits.clear()
    for size in (512, 256, 128):
        home.service.cost.measured(size**2, seconds * (size / 512) ** 2)


async def test_who_takes_what_fits_gets_a_smaller_picture_from_a_slow_device(house: OpenHouse) -> None:
    async with house() as home:
        slowed(home, 0.2)
        performer, viewer = await home.peer(), await home.peer()
        welcome = await performer.perform(video={"codecs": ["raw"], "fit": True})
        assert (welcome["video"]["size"], welcome["video"]["width"]) == (256, 256)
        watching = await viewer.watch(welcome["session"], video={"codecs": ["raw"], "fit": True})
        assert watching["video"]["size"] == 256
        assert len((await performer.hear("frame"))["data"]) == 4 * 256**2


async def test_pictures_become_smaller_when_the_device_becomes_slow(
    house: OpenHouse, unjudged: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "TICK_SECONDS", 0.1)
    monkeypatch.setattr(fitting, "_HEAVY", 0.3)
    async with house() as home:
        performer, viewer = await home.peer(), await home.peer()
        welcome = await performer.perform(video={"codecs": ["raw"], "fit": True})
        await viewer.watch(welcome["session"], video={"codecs": ["raw"], "fit": True})
        assert welcome["video"]["size"] == 512
        slowed(home, 0.2)
        for one in (performer, viewer):
            assert (await one.hear("config"))["video"]["size"] == 256
        await performer.say("set", video={"size": 512, "fit": False})
        assert (await performer.hear("config"))["video"]["size"] == 512


async def test_a_session_that_the_device_cannot_hold_is_refused(house: OpenHouse) -> None:
    async with house() as home:
        slowed(home, 0.02)
        await (await home.peer()).perform(video={"max_fps": 30})
        late = await home.peer()
        await late.say("hello", role="perform", character="bea", video={"max_fps": 30})
        assert (await late.hear("error"))["code"] == "full"
        assert await late.hear_close() == 4013
        small = await home.peer()
        await small.perform("bea", video={"size": 128, "max_fps": 30})
        await small.say("set", video={"size": 512})
        error = await small.hear("error")
        assert (error["code"], error["fatal"]) == ("full", False)


@pytest.mark.parametrize("role", ["perform", "watch"])
async def test_a_hello_that_is_refused_leaves_nothing_behind(house: OpenHouse, role: str) -> None:
    async with house() as home:
        first, peer = await home.peer(), await home.peer()
        session = (await first.perform())["session"]
        wanted = {"role": role, "character": "ada", "session": session}
        await peer.say("hello", **wanted, video={"codecs": ["av1"], "size": 256})
        error = await peer.hear("error")
        assert (error["code"], error["fatal"]) == ("bad_message", False)
        await peer.say("hello", **wanted)
        video = (await peer.hear("welcome"))["video"]
        assert (video["codec"], video["size"]) == ("webp", 512)


async def test_a_hello_that_is_refused_takes_nobodys_place(house: OpenHouse) -> None:
    async with house(max_sessions=1) as home:
        first, second, back = await home.peer(), await home.peer(), await home.peer()
        welcome = await first.perform()
        first.transport.abort()
        await asyncio.sleep(0.2)
        await second.say("hello", role="perform", character="ada", video={"codecs": ["av1"]})
        await second.hear("error")
        await back.say("hello", role="perform", resume=welcome["resume"])
        assert (await back.hear("welcome"))["session"] == welcome["session"]


async def test_a_stream_that_begins_anew_tells_nothing_of_how_long_a_pose_waits(house: OpenHouse) -> None:
    async with house() as home:
        peer = await home.peer()
        await peer.perform()
        await peer.say("pose", seq=1, values={"head_x": 0.5})
        while (await peer.hear("frame")).get("seq") != 1:
            pass
        await asyncio.sleep(0.7)
        await peer.say("set", video={"size": 256})
        await peer.hear("config")
        frame = await peer.hear("frame")
        assert frame["seq"] == 1
        assert frame["stages"]["queue"] < 500
        assert await home.metric("bunraku_pose_to_frame_seconds_count") == 1
