"""One run of encoded frames, each built upon the one before, and who receives it. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

from server.outbox import Frame
from server.protocol import VideoSettings

KEYFRAME_SECONDS = 1.0
"""The least time between two keyframes of a line: each is many times the size of what comes between."""


class Receiver(Protocol):
    """A client as a stream sees it."""

    video: VideoSettings
    """What it asked for."""

    def offer(self, frame: Frame) -> None:
        """Take a frame, or drop it; never wait."""
        ...

    def restream(self, message: Mapping[str, Any]) -> None:
        """Hear of another stream, which follows: frames of this one no longer count."""
        ...

    def finish(self, code: int, reason: str, *messages: Mapping[str, Any]) -> None:
        """Take leave: the last messages, then a close code."""
        ...


class Line:
    """What one encoder makes. Times are seconds of one monotonic clock."""

    def __init__(self) -> None:
        self.receivers: set[Receiver] = set()
        self.refresh = True
        """A receiver needs a keyframe. One wish is granted at once; more within a second, together."""
        self._keyed = -math.inf
        self._coming = False
        self._since: list[Frame] = []

    @property
    def keys_at(self) -> float:
        """When a keyframe will be due; infinity where nobody needs one."""
        return self._keyed + KEYFRAME_SECONDS if self.refresh else math.inf

    def begin(self, now: float, *, key: bool) -> None:
        """A frame is begun."""
        if key:
            self.refresh, self._coming, self._keyed = False, True, now

    def encoded(self, frame: Frame, first: Receiver | None = None) -> None:
        """A begun frame is ready: hand it to everybody, to the one named before all others."""
        if frame.key:
            # Whoever asked since it was begun has what it needs.
            self.refresh = self._coming = False
            self._since.clear()
        self._keep(frame)
        others = self.receivers.difference((first,))
        if first in self.receivers:
            first.offer(frame)
        for receiver in others:
            receiver.offer(frame)

    def failed(self) -> None:
        """A begun frame came to nothing: what follows would be built upon it."""
        self.refresh, self._coming = True, False
        self._since.clear()

    def starts(self, now: float) -> bool:
        """Whether who comes now can start without making the others pay for a keyframe."""
        return self._coming or now >= self.keys_at or bool(self._past(now))

    def join(self, receiver: Receiver, now: float) -> None:
        """Add a client, which starts with what there is, or else with the next keyframe."""
        self.receivers.add(receiver)
        if self._coming:
            return
        past = self._past(now)
        self.refresh = self.refresh or not past
        for frame in past:
            receiver.offer(replace(frame, fresh=False))

    def repeat(self, receiver: Receiver) -> bool:
        """Offer the newest frame again; False where it cannot stand alone."""
        if len(self._since) != 1:
            return False
        receiver.offer(replace(self._since[0], fresh=False))
        return True

    def _keep(self, frame: Frame) -> None:
        """Frames are kept from the newest keyframe on, as long as another one may not be made."""
        if frame.key or (self._since and self._young(frame)):
            self._since.append(frame)
        else:
            self._since.clear()

    def _young(self, frame: Frame) -> bool:
        return frame.stamps.begun - self._since[0].stamps.begun < KEYFRAME_SECONDS

    def _past(self, now: float) -> list[Frame]:
        """What a newcomer must be given to go on from the newest frame; empty where that is too much."""
        alone = len(self._since) == 1
        return self._since if alone or now < self._keyed + KEYFRAME_SECONDS else []
