import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from house import FlatEngine, House, OpenHouse
from models.pose import INDEX
from server import http, tracking
from server.tracking_pool import Pool

# Sees in every picture whose bytes are a number a head turned so many degrees to its own left.
WORKER = """
import math, sys
from server.tracking_worker import read, write
write(sys.stdout.buffer, {"ready": True})
while (order := read(sys.stdin.buffer)) is not None:
    if order.get("close"):
        continue
    try:
        turn = math.radians(float(order["data"]))
    except ValueError:
        write(sys.stdout.buffer, {"error": "No."} if order["data"] == b"bad" else {"face": None})
        continue
    c, s = math.cos(turn), math.sin(turn)
    matrix = [c, 0, s, 0, 0, 1, 0, 0, -s, 0, c, 0, 0, 0, 0, 1]
    write(sys.stdout.buffer, {"face": {"values": {"eyeBlinkLeft": 0.6}, "matrix": matrix}})
"""


@pytest.fixture
def seeing(house: OpenHouse, monkeypatch: pytest.MonkeyPatch) -> OpenHouse:
    monkeypatch.setattr(tracking, "_command", lambda model: [sys.executable, "-c", WORKER])
    return house


async def test_a_picture_becomes_a_pose_that_is_told_and_drawn(seeing: OpenHouse, engine: FlatEngine) -> None:
    async with seeing(tracker_processes=1) as home:
        peer = await home.peer()
        await peer.perform()
        await peer.say("image", seq=7, time=1.5, format="jpeg", data=b"10")
        tracked = await peer.hear("tracking")
        assert (tracked["seq"], tracked["face"]) == (7, True)
        assert tracked["values"][INDEX["head_y"]] == pytest.approx(-0.5)
        assert tracked["values"][INDEX["eye_wink_left"]] == 1.0
        while (frame := await peer.hear("frame")).get("seq") != 7:
            pass
        assert frame["time"] == 1.5
        np.testing.assert_allclose(engine.batches[-1][0].pose, tracked["values"], atol=1e-6)
        assert "bunraku_tracking_seconds_count 1.0" in home.service.metrics.text().decode()


async def test_a_picture_without_a_face_is_told_and_so_is_one_of_no_use(seeing: OpenHouse) -> None:
    async with seeing(tracker_processes=1) as home:
        peer = await home.peer()
        await peer.perform()
        await peer.say("image", seq=1, format="png", data=b"nobody")
        tracked = await peer.hear("tracking")
        assert (tracked["seq"], tracked["face"]) == (1, False)
        assert "values" not in tracked
        await peer.say("image", seq=2, format="png", data=b"bad")
        error = await peer.hear("error")
        assert (error["code"], error["message"], error["fatal"]) == ("bad_image", "No.", False)


async def test_calibrating_makes_the_face_of_the_pictures_neutral(seeing: OpenHouse) -> None:
    async with seeing(tracker_processes=1) as home:
        peer = await home.peer()
        await peer.perform()
        await peer.say("image", seq=1, format="png", data=b"20")
        assert (await peer.hear("tracking"))["values"][INDEX["head_y"]] == pytest.approx(-1)
        await peer.say("calibrate")
        await peer.say("set", tracking={"smoothing": False})
        await peer.say("image", seq=2, format="png", data=b"20")
        assert (await peer.hear("tracking"))["values"][INDEX["head_y"]] == pytest.approx(0, abs=1e-6)


async def test_without_a_model_the_error_says_how_to_get_one(
    house: OpenHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with house(tracker_processes=1, face_model="/nowhere.task") as home:
        assert (await refused(home))["message"] == "There is no face model at /nowhere.task."
    async with house(tracker_processes=0) as home:
        assert (await refused(home))["message"].startswith("This server is set to see no faces")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    async with house(tracker_processes=1, face_model=__file__) as home:
        assert "mediapipe is not installed" in (await refused(home))["message"]


async def test_a_model_that_is_fetched_while_the_server_runs_is_taken_up_at_the_next_picture(
    house: OpenHouse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tracking, "worker_command", lambda path: [sys.executable, "-c", WORKER])
    async with house(tracker_processes=1, face_model=str(tmp_path / "model")) as home:
        assert "There is no face model" in (home.service.tracking.missing or "")
        (tmp_path / "model").write_bytes(b"model")
        assert (await refused(home))["message"].startswith("The server is getting ready to see faces")
        peer = home.peers[-1]
        await until(lambda: home.service.tracking.missing is None)
        await peer.say("image", seq=2, format="png", data=b"10")
        assert (await peer.hear("tracking"))["face"] is True


async def test_pages_are_told_who_can_track(house: OpenHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_VENDOR", Path("/nowhere"))
    async with house(tracker_processes=1, face_model="/nowhere.task") as home:
        async with home.http.get(f"{home.address}/v1/tracking") as response:
            said = await response.json()
        assert (said["server"], said["browser"]) == (False, False)
        assert said["missing"] == "There is no face model at /nowhere.task."
    monkeypatch.setattr(tracking, "_command", lambda model: [sys.executable, "-c", WORKER])
    async with (
        house(tracker_processes=1) as home,
        home.http.get(f"{home.address}/v1/tracking") as response,
    ):
        assert await response.json() == {"server": True, "browser": False}


async def test_a_server_that_ends_while_trackers_start_leaves_none_behind(
    house: OpenHouse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    slow = "import time; time.sleep(60)"
    monkeypatch.setattr(tracking, "worker_command", lambda path: [sys.executable, "-c", slow])
    pids: list[int] = []

    class Watched(Pool):
        async def start(self) -> None:
            starting = asyncio.create_task(super().start())
            await until(lambda: bool(self.pids))
            pids.extend(self.pids)
            await starting

    monkeypatch.setattr(tracking, "Pool", Watched)
    async with house(tracker_processes=1, face_model=str(tmp_path / "model")) as home:
        (tmp_path / "model").write_bytes(b"model")
        await refused(home)
        await until(lambda: bool(pids))
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)


async def until(holds: Callable[[], bool]) -> None:
    for _ in range(400):
        if holds():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("It does not come to that.")


async def refused(home: House) -> dict[str, str]:
    peer = await home.peer()
    await peer.perform()
    await peer.say("image", seq=1, format="png", data=b"x")
    error = await peer.hear("error")
    assert error["code"] == "no_tracker"
    return dict(error)


async def test_an_expression_fades_in_over_the_pose_and_is_taken_away(
    house: OpenHouse, engine: FlatEngine
) -> None:
    async with house() as home:
        peer = await home.peer()
        await peer.perform(idle=False)
        await peer.hear("frame")
        await peer.say("set", expression={"values": {"head_x": 1.0}, "fade": 0.3})
        heads = [0.0]
        while heads[-1] < 1.0:
            await peer.hear("frame")
            heads.append(float(engine.batches[-1][0].pose[INDEX["head_x"]]))
        assert len(set(heads)) > 3
        await peer.say("set", expression={"fade": 0})
        while engine.batches[-1][0].pose[INDEX["head_x"]] != 0:
            await peer.hear("frame")
        await peer.say("set", expression={"name": "bored"})
        assert (await peer.hear("error"))["code"] == "bad_message"
