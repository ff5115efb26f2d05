"""How much one client is given: down a ladder of settings while it lags, up again while it does not. Pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import msgspec

from models.view import SIZES
from server.protocol import VideoSettings

STEP_SECONDS = 0.25
"""How often a client is judged."""
_LATE = 0.15
"""Seconds that a frame may wait here, or come later than the soonest one did, before a client lags."""
_SETTLE = 0.5
"""Seconds in which the last step down shows its effect."""
_CALM = 0.5
_LONGEST_CALM = 4.0
_REMEMBERED = 256
_NEVER = float("inf")


@dataclass(frozen=True)
class Rung:
    """Settings as shares of what a client asked for. `size` divides."""

    quality: float
    fps: float
    size: int


LADDER = (
    Rung(1, 1, 1),
    Rung(0.7, 1, 1),
    Rung(0.4, 1, 1),
    Rung(0.4, 0.5, 1),
    Rung(0.4, 0.5, 2),
    Rung(0.2, 0.3, 4),
)
"""First fewer bits, then fewer pictures, then smaller ones. Few, since clients on one rung share a stream."""


def lowered(video: VideoSettings, rung: int) -> VideoSettings:
    """What a client that asked for `video` gets on a rung of the ladder."""
    share = LADDER[rung]
    return msgspec.structs.replace(
        video,
        quality=video.quality * share.quality,
        max_fps=max(1.0, video.max_fps * share.fps),
        size=max(SIZES[-1], video.size // share.size),
    )


class RateControl:
    """The rung of one client. All times are seconds of one monotonic clock."""

    def __init__(self) -> None:
        self.rung = 0
        self._sent: deque[tuple[int, float]] = deque(maxlen=_REMEMBERED)
        self._soonest = _NEVER
        self._delay = _NEVER
        self._calm = _CALM
        self._changed = 0.0
        self._raised = False

    def sent(self, number: int, now: float) -> None:
        """A frame of that number was handed to the socket."""
        self._sent.append((number, now))

    def acked(self, number: int, now: float) -> None:
        """The client shows the frame of that number; numbers that were never sent count for nothing."""
        while self._sent and self._sent[0][0] <= number:
            sent, moment = self._sent.popleft()
            if sent == number:
                self._soonest = min(self._soonest, now - moment)
                # The least of each step: a lone late frame is noise, a standing queue delays them all.
                self._delay = min(self._delay, now - moment)

    def step(self, now: float, waited: float, dropped: int) -> int:
        """The rung to be on. `waited`: age of the oldest unsent frame; `dropped`: frames left out since.

        A step up that fails makes the next one wait twice as long.
        """
        late = self._delay < _NEVER and self._delay - self._soonest > _LATE
        self._delay = _NEVER
        since = now - self._changed
        if waited > _LATE or dropped or late:
            self._sink(now, since)
        elif self.rung and since >= self._calm:
            self._move(self.rung - 1, now, raised=True)
        elif since >= 2 * _LONGEST_CALM:
            self._calm = _CALM
        return self.rung

    def _sink(self, now: float, since: float) -> None:
        if since < _SETTLE and not self._raised:
            return
        if self._raised and since < 2.0:
            self._calm = min(2 * self._calm, _LONGEST_CALM)
        self._move(min(self.rung + 1, len(LADDER) - 1), now, raised=False)

    def _move(self, rung: int, now: float, *, raised: bool) -> None:
        self.rung, self._changed, self._raised = rung, now, raised
