import math
from typing import Any

import pytest

from server.protocol import ALLOWED, Blendshapes, Hello, Pose, ProtocolError, Video, VideoSettings, message_of


def refused(fields: object) -> ProtocolError:
    with pytest.raises(ProtocolError) as caught:
        message_of(fields)
    return caught.value


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "hello", "role": "perform", "character": "a", "video": {"codecs": ["webp"], "size": 256}},
        {"type": "hello", "role": "watch", "session": "s", "token": "t"},
        {"type": "pose", "seq": 1, "values": [0.0] * 45},
        {"type": "pose", "seq": 1, "time": 2.5, "values": b"\0" * 180},
        {"type": "pose", "seq": 1, "values": {"head_x": 1}},
        {"type": "image", "seq": 1, "format": "jpeg", "data": b"\xff"},
        {"type": "blendshapes", "seq": 1, "values": {"jawOpen": 0.5}, "head": [1, 2, 3]},
        {"type": "calibrate"},
        {"type": "set", "video": {"max_fps": 10}, "tracking": {"mirror": True}, "idle": False},
        {"type": "keyframe"},
        {"type": "ack", "frame": 7},
        {"type": "ping", "time": 1},
        {"type": "bye"},
    ],
)
def test_every_client_message_is_understood(fields: dict[str, Any]) -> None:
    message = message_of(fields)
    assert type(message).__struct_config__.tag == fields["type"]


def test_unknown_fields_are_ignored() -> None:
    message = message_of({"type": "pose", "seq": 3, "values": {}, "mood": "fine"})
    assert message == Pose(seq=3, values={})


@pytest.mark.parametrize("fields", [None, 3, [], "pose", {}, {"type": 4}, {"type": None}])
def test_what_has_no_type_is_a_bad_message(fields: object) -> None:
    error = refused(fields)
    assert (error.code, error.close) == ("bad_message", None)


def test_an_unknown_type_is_named_and_not_fatal() -> None:
    error = refused({"type": "dance"})
    assert (error.code, error.close) == ("unknown_type", None)
    assert "'dance'" in error.message


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "pose", "values": {}},
        {"type": "pose", "seq": "1", "values": {}},
        {"type": "pose", "seq": 1.5, "values": {}},
        {"type": "pose", "seq": 1, "values": {"head_x": "left"}},
        {"type": "pose", "seq": 1, "values": {"head_x": True}},
        {"type": "pose", "seq": 1, "values": {}, "time": math.nan},
        {"type": "pose", "seq": 1, "values": {}, "time": math.inf},
        {"type": "hello", "role": "direct"},
        {"type": "hello", "role": "perform", "character": "x" * 257},
        {"type": "set", "video": {"size": 300}},
        {"type": "set", "video": {"max_fps": 0}},
        {"type": "set", "video": {"background": "red"}},
        {"type": "set", "video": {"codecs": []}},
        {"type": "blendshapes", "seq": 1, "values": {}, "head": [1, 2]},
        {"type": "image", "seq": 1, "format": "tiff", "data": b""},
        {"type": "ack"},
        {"type": "ping", "\ud800": 1},
        {"type": "hello", "role": "\ud800"},
    ],
)
def test_a_missing_or_ill_typed_field_is_a_bad_message(fields: dict[str, Any]) -> None:
    error = refused(fields)
    assert (error.code, error.close) == ("bad_message", None)
    assert fields["type"] in error.message


def test_a_watcher_may_say_less_than_a_performer() -> None:
    assert Pose in ALLOWED["perform"]
    assert Pose not in ALLOWED["watch"]
    assert Blendshapes not in ALLOWED["watch"]
    assert Hello not in ALLOWED["perform"] + ALLOWED["watch"]


def test_settings_left_out_keep_their_last_value() -> None:
    first = VideoSettings().changed(Video(size=128, background="#102030"))
    second = first.changed(Video(max_fps=12))
    assert (second.size, second.background, second.max_fps, second.quality) == (128, "#102030", 12, 0.7)
    assert second.changed(None) is second


def test_a_crop_outside_the_picture_is_refused() -> None:
    with pytest.raises(ProtocolError, match="crop") as caught:
        VideoSettings().changed(Video(crop=[400, 0, 200, 100]))
    assert caught.value.close is None


def test_an_error_tells_whether_it_is_fatal() -> None:
    assert ProtocolError("full", "Try later.", close=4013, retry_after=5.0).body() == {
        "type": "error",
        "code": "full",
        "message": "Try later.",
        "fatal": True,
        "retry_after": 5.0,
    }
    assert ProtocolError("bad_pose", "No.").body()["fatal"] is False


def test_a_hello_is_shown_without_its_secrets() -> None:
    shown = repr(Hello(role="perform", character="ada", token="hush", resume="hush"))
    assert "ada" in shown
    assert "hush" not in shown
