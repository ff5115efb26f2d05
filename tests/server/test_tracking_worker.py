import io
import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from server.tracking_worker import Landmarkers, answer, packed, read


class Eye:
    """Sees how many pictures it was shown."""

    def __init__(self) -> None:
        self.shown = 0
        self.closed = False

    def see(self, picture: NDArray[np.uint8]) -> dict[str, Any] | None:
        self.shown += 1
        return {"values": {"jawOpen": self.shown}, "matrix": [*picture.shape]}

    def close(self) -> None:
        self.closed = True


def png() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (8, 6)).save(file, "PNG")
    return file.getvalue()


def test_each_session_is_followed_by_an_eye_of_its_own() -> None:
    eyes = Landmarkers(Eye)
    orders = [{"session": name, "format": "png", "data": png()} for name in ("a", "b", "a")]
    faces = [answer(order, eyes) for order in orders]
    assert [face and face["face"]["values"]["jawOpen"] for face in faces] == [1, 1, 2]
    assert faces[0] is not None
    assert faces[0]["face"]["matrix"] == [6, 8, 3]


def test_a_picture_of_no_use_is_answered_with_a_sentence_and_costs_no_eye() -> None:
    eyes = Landmarkers(Eye)
    assert answer({"session": "a", "format": "png", "data": b"x"}, eyes) == {
        "error": "The picture is not a whole png picture."
    }
    assert len(eyes) == 0


def test_a_closed_session_begins_anew_and_closing_has_no_answer() -> None:
    eyes = Landmarkers(Eye)
    first = eyes.of("a")
    assert answer({"session": "a", "close": True}, eyes) is None
    assert answer({"session": "stranger", "close": True}, eyes) is None
    assert isinstance(first, Eye)
    assert first.closed
    assert eyes.of("a") is not first


def test_the_eye_that_was_not_used_for_longest_makes_room() -> None:
    eyes = Landmarkers(Eye, most=2)
    a, b = eyes.of("a"), eyes.of("b")
    eyes.of("a")
    eyes.of("c")
    assert isinstance(a, Eye)
    assert isinstance(b, Eye)
    assert (a.closed, b.closed, len(eyes)) == (False, True, 2)


def test_values_pass_through_a_pipe_until_its_end() -> None:
    pipe = io.BytesIO(packed({"a": b"1"}) + packed({"b": [0.5]}) + b"\x00")
    assert [read(pipe), read(pipe), read(pipe)] == [{"a": b"1"}, {"b": [0.5]}, None]


@pytest.mark.skipif(not hasattr(os, "setpgrp"), reason="This system has no groups of processes.")
def test_the_process_gives_way_to_others_and_is_not_interrupted_with_the_server() -> None:
    code = "import os; from server import tracking_worker as worker; worker.step_aside();"
    code += "print(os.nice(0), os.getpgrp())"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    niceness, group = map(int, process.communicate()[0].split())
    assert group == process.pid
    assert niceness == min(19, os.nice(0) + 5)
