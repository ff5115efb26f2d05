import sys

import numpy as np
import pytest

from house import FlatEngine, House, OpenHouse
from models.pose import INDEX
from server import tracking

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
        assert (await refused(home))["message"].startswith("This server tracks no faces")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    async with house(tracker_processes=1, face_model=__file__) as home:
        assert "mediapipe is not installed" in (await refused(home))["message"]


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
