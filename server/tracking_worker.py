"""The process that sees faces: pictures come in on standard input, faces go out on standard output.

It knows no sockets, and ends with its input. Both pipes carry MessagePack values after a `u32`
little-endian length. A picture is `{"session", "format", "data"}`, its answer `{"error"}` where it cannot be
used, else `{"face": None}` or `{"face": {"values", "matrix"}}`; `{"session", "close": true}` forgets a
session and has no answer. The first thing said is `{"ready": true}`.
"""

from __future__ import annotations

import os
import struct
import sys
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, BinaryIO, Protocol

import msgpack
import numpy as np
from numpy.typing import NDArray

from server.tracking_pictures import WebcamError, read_picture

MOST_SESSIONS = 32
"""Sessions whose faces are followed at once; the one not heard for longest makes room, and is found anew."""

_NICENESS = 5

LENGTH = struct.Struct("<I")


class Eye(Protocol):
    """What follows the face of one session."""

    def see(self, picture: NDArray[np.uint8]) -> dict[str, Any] | None:
        """The face in a picture, uint8 (height, width, 3): `values` by name and `matrix` of 16, or None."""
        ...

    def close(self) -> None:
        """Give its memory back."""
        ...


class Landmarkers:
    """One landmarker for each session, since each follows one face from picture to picture."""

    def __init__(self, make: Callable[[], Eye], most: int = MOST_SESSIONS) -> None:
        self._make = make
        self._most = most
        self._open: OrderedDict[str, Eye] = OrderedDict()

    def __len__(self) -> int:
        return len(self._open)

    def of(self, session: str) -> Eye:
        """The session's own, made where there is none."""
        if session not in self._open:
            if len(self._open) >= self._most:
                self._open.popitem(last=False)[1].close()
            self._open[session] = self._make()
        self._open.move_to_end(session)
        return self._open[session]

    def close(self, session: str) -> None:
        """Forget a session, known or not."""
        if (landmarker := self._open.pop(session, None)) is not None:
            landmarker.close()


def landmarker(path: str) -> Any:
    """MediaPipe's FaceLandmarker for the pictures of one film (model in `path`)."""
    tasks = import_module("mediapipe.tasks.python")  # a second's import, which the server itself is spared
    vision = tasks.vision
    options = vision.FaceLandmarkerOptions(
        base_options=tasks.BaseOptions(model_asset_path=path),
        running_mode=vision.RunningMode.VIDEO,
        output_face_blendshapes=True,
        output_facial_transformation_matrixes=True,
        num_faces=1,
    )
    return vision.FaceLandmarker.create_from_options(options)


def as_image(picture: NDArray[np.uint8]) -> Any:
    """A picture, uint8 (height, width, 3), as MediaPipe takes it."""
    mediapipe = import_module("mediapipe")
    return mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=np.ascontiguousarray(picture))


class Follower:
    """A landmarker on the pictures of one session (model in `path`)."""

    def __init__(self, path: str) -> None:
        self._landmarker = landmarker(path)
        self._time = 0

    def see(self, picture: NDArray[np.uint8]) -> dict[str, Any] | None:
        """The face in a picture, as `Eye` promises; the face is followed from the picture before."""
        self._time = max(self._time + 1, time.monotonic_ns() // 1_000_000)
        found = self._landmarker.detect_for_video(as_image(picture), self._time)
        if not found.face_blendshapes:
            return None
        values = {one.category_name: float(one.score) for one in found.face_blendshapes[0]}
        return {
            "values": values,
            "matrix": np.asarray(found.facial_transformation_matrixes[0]).ravel().tolist(),
        }

    def close(self) -> None:
        """Give its memory back."""
        self._landmarker.close()


def answer(order: Mapping[str, Any], landmarkers: Landmarkers) -> dict[str, Any] | None:
    """What is said to one order; None for nothing."""
    if order.get("close"):
        landmarkers.close(order["session"])
        return None
    try:
        picture = read_picture(order["data"], order["format"])
    except WebcamError as error:
        return {"error": str(error)}
    return {"face": landmarkers.of(order["session"]).see(picture)}


def main(model: str) -> None:
    """Answer orders until standard input ends."""
    step_aside()
    orders, answers = sys.stdin.buffer, _taken_over()
    follower = Follower(model)  # loads the libraries and the model before anybody waits
    follower.see(np.zeros((240, 320, 3), np.uint8))
    follower.close()
    landmarkers = Landmarkers(lambda: Follower(model))
    write(answers, {"ready": True})
    while (order := read(orders)) is not None:
        if (said := answer(order, landmarkers)) is not None:
            write(answers, said)


def read(pipe: BinaryIO) -> dict[str, Any] | None:
    """The next value of a pipe, None at its end."""
    head = pipe.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    value: dict[str, Any] = msgpack.unpackb(pipe.read(LENGTH.unpack(head)[0]))
    return value


def write(pipe: BinaryIO, value: Mapping[str, Any]) -> None:
    """Put a value into a pipe."""
    pipe.write(packed(value))
    pipe.flush()


def packed(value: Mapping[str, Any]) -> bytes:
    """A value as it travels."""
    data: bytes = msgpack.packb(value)
    return LENGTH.pack(len(data)) + data


def step_aside() -> None:
    """Be no part of what a terminal interrupts, and give way to other processes, where the system can."""
    if hasattr(os, "setpgrp"):
        # Ctrl-C in a terminal then reaches the server alone, which drains. A session of its own would do that
        # too, but Linux may give a session as much of the processor as another, however it gives way.
        os.setpgrp()
        # A face that is seen late costs one performer a little; frames that are drawn late cost everybody.
        os.nice(_NICENESS)


def _taken_over() -> BinaryIO:
    """Standard output for ourselves alone; what libraries print goes to standard error."""
    ours = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return ours


if __name__ == "__main__":
    main(sys.argv[1])
