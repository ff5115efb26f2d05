from typing import Any

import numpy as np

from bunraku_client.standing import Standing

NAMES = ("p0", "p1", "p2")


def _after(*messages: dict[str, Any]) -> list[dict[str, Any]]:
    standing = Standing()
    for message in messages:
        standing.note({**message, "time": 10.0}, NAMES)
    return standing.messages()


def _pose(seq: int, values: object) -> dict[str, Any]:
    return {"type": "pose", "seq": seq, "values": values}


def test_what_is_said_again_tells_no_time_by_which_it_would_be_late() -> None:
    assert "time" not in _after(_pose(1, {"p0": 1.0}))[0]


def test_nothing_stands_before_anything_was_sent() -> None:
    assert _after({"type": "calibrate"}, {"type": "keyframe"}, {"type": "set", "idle": False}) == []


def test_the_last_whole_pose_stands_alone() -> None:
    whole = _pose(2, np.zeros(45, np.float32))
    assert _after(_pose(1, {"p0": 1.0}), whole) == [whole]


def test_changes_stand_together_over_the_pose_before_them() -> None:
    whole = _pose(1, [0.0] * 45)
    said = _after(whole, _pose(2, {"p0": 1.0, "p1": 1.0}), _pose(3, {"p1": 2.0}))
    assert said == [whole, _pose(3, {"p0": 1.0, "p1": 2.0})]


def test_a_face_takes_the_place_of_the_pose_before_it() -> None:
    face = {"type": "blendshapes", "seq": 3, "values": {"jawOpen": 0.5}}
    assert _after(_pose(1, [0.0] * 45), _pose(2, {"p0": 1.0}), face) == [face]


def test_after_a_picture_no_pose_stands() -> None:
    picture = {"type": "image", "seq": 2, "format": "jpeg", "data": b""}
    assert _after(_pose(1, [0.0] * 45), picture) == []


def test_changes_that_a_server_refuses_are_not_said_again() -> None:
    assert _after(_pose(1, {"p0": 1.0}), _pose(2, {"p0": 2.0, "tail": 1.0})) == [_pose(1, {"p0": 1.0})]


def test_what_was_asked_of_tracking_stands_together_and_comes_first() -> None:
    asked = [{"type": "set", "tracking": each} for each in ({"mirror": True}, {"mouth": False})]
    said = _after(asked[0], _pose(1, {"p0": 1.0}), asked[1])
    assert said == [{"type": "set", "tracking": {"mirror": True, "mouth": False}}, _pose(1, {"p0": 1.0})]
