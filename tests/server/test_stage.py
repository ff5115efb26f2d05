"""What performers say moves their characters."""

import numpy as np
import pytest

from house import HEAD_X, FlatEngine, OpenHouse
from models.pose import NAMES


async def test_poses_come_as_numbers_bytes_and_maps_over_the_last(
    house: OpenHouse, engine: FlatEngine
) -> None:
    async with house() as home:
        peer = await home.peer()
        await peer.perform()
        await peer.say("pose", seq=1, values=[0.25] * 45)
        await peer.say("pose", seq=2, values={"head_y": 9.0})
        while (await peer.hear("frame")).get("seq") != 2:
            pass
        drawn = engine.batches[-1][0].pose
        assert drawn[NAMES.index("head_x")] == 0.25
        assert drawn[NAMES.index("head_y")] == 1.0
        await peer.say("pose", seq=3, values=np.full(45, -0.5, "<f4").tobytes())
        assert (await peer.hear("frame"))["seq"] == 3
        assert engine.batches[-1][0].pose[HEAD_X] == -0.5


async def test_bad_poses_change_nothing_and_are_answered(house: OpenHouse) -> None:
    async with house() as home:
        peer = await home.peer()
        await peer.perform()
        await peer.hear("frame")
        for values in ([0.0] * 44, b"123", {"head_q": 1.0}, [float("nan")] * 45):
            await peer.say("pose", seq=1, values=values)
            error = await peer.hear("error")
            assert (error["code"], error["fatal"]) == ("bad_pose", False)
            assert error["message"].endswith((".", "?"))
        with pytest.raises(TimeoutError):
            await peer.hear("frame", seconds=0.3)


async def test_calibration_makes_the_present_head_neutral(house: OpenHouse, engine: FlatEngine) -> None:
    async with house() as home:
        peer = await home.peer()
        await peer.perform()
        turns = []
        for seq, mirrored in enumerate((False, True)):
            await peer.say("set", tracking={"mirror": mirrored})
            await peer.say("blendshapes", seq=seq, values={}, head=[0, 20, 0])
            while (await peer.hear("frame")).get("seq") != seq:
                pass
            turns.append(float(engine.batches[-1][0].pose[NAMES.index("head_y")]))
        assert turns[0] < -0.1
        assert turns[1] == pytest.approx(-turns[0])
        await peer.say("calibrate")
        await peer.say("blendshapes", seq=9, values={}, head=[0, 20, 0])
        while (await peer.hear("frame")).get("seq") != 9:
            pass
        assert abs(engine.batches[-1][0].pose[NAMES.index("head_y")]) < 1e-3
