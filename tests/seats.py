"""A client that only keeps what it is offered, for the tests of rules."""

from collections.abc import Mapping
from typing import Any

from server.outbox import Frame
from server.protocol import VideoSettings


class Seat:
    """A receiver whose frames can be looked at."""

    def __init__(self, video: VideoSettings | None = None) -> None:
        self.frames: list[Frame] = []
        self.told: list[Mapping[str, Any]] = []
        self.video = video or VideoSettings()

    def offer(self, frame: Frame) -> None:
        self.frames.append(frame)

    def restream(self, message: Mapping[str, Any]) -> None:
        self.told.append(message)

    def finish(self, code: int, reason: str, *messages: Mapping[str, Any]) -> None:
        raise AssertionError("nobody ends here")
