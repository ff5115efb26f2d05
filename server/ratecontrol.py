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
"""Seconds in which a step shows its effect."""
_VERY_LATE = 0.4
_CALM = 0.5
_LONGEST_CALM = 1.5
_DRAINED = 0.75
"""Seconds after a step down by which what had waited is gone."""
_WIDER = 0.85
"""Frames that take less than this of what they took before, on the same rung, come over a wider link."""
_WHILE = 15.0
_COVERED_OVER = 8
_HOLD = 0.25
_HELD_AT_MOST = 1.0
_FORSAKEN = 5.0
_REMEMBERED = 256
_NEVER = float("inf")
_NONE = -1


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
    Rung(0.2, 0.3, 1),
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
    """The rung of one client. All times are seconds of one monotonic clock.

    Trouble lowers it, by two rungs where it is great. Calm raises it, and while that does no harm, raises it
    again at every step. A raise that does harm is taken back; the rung that failed is tried again after
    twice as long, or as soon as frames come much sooner than they did on the rungs below.
    """

    def __init__(self) -> None:
        self.rung = 0
        self._sent: deque[tuple[int, float]] = deque(maxlen=_REMEMBERED)
        self._way = _Way()
        self._delay = _NEVER
        self._calm = _CALM
        self._changed = 0.0
        self._climbed = 0
        self._failed = _NONE
        """The rung to which a raise did harm."""
        self._delays = _unknown()
        """The delay of the soonest frame on each rung, since the topmost was left."""
        self._covered = 1.0
        self._acked = self._shown = -_NEVER

    def sent(self, number: int, now: float) -> None:
        """A frame of that number was handed to the socket."""
        self._sent.append((number, now))

    def acked(self, number: int, now: float) -> None:
        """The client shows the frame of that number; numbers that were never sent count for nothing."""
        covered = 0
        while self._sent and self._sent[0][0] <= number:
            sent, moment = self._sent.popleft()
            covered += 1
            if sent == number:
                self._way.took(now - moment, now)
                self._shown = moment
                # The least of each step: a lone late frame is noise, a standing queue delays them all.
                self._delay = min(self._delay, now - moment)
        if covered:
            self._acked = now
            # Some clients acknowledge only every so many frames.
            self._covered += (covered - self._covered) / _COVERED_OVER

    def hold(self, now: float) -> float:
        """Seconds for which frames had better not be sent: those on their way are acknowledged too late.

        A client that has stopped to acknowledge is not waited for.
        """
        if self._pending(now) <= _HOLD:
            return 0.0
        return max(0.0, self._sent[-1][1] + _HELD_AT_MOST - now)

    def step(self, now: float, waited: float, dropped: int) -> int:
        """The rung to be on. `waited`: age of the oldest unsent frame; `dropped`: frames left out since."""
        late = self._delay - self._way.soonest if self._delay < _NEVER else 0.0
        late = max(late, waited, self._pending(now))
        since = now - self._changed
        self._compare(since)
        self._delay = _NEVER
        if dropped or late > _LATE:
            self._lower(now, since, great=late > _VERY_LATE)
        elif self.rung and since >= self._patience():
            self._climbed += 1
            self._move(self.rung - 1, now)
        elif since >= 2 * _LONGEST_CALM:
            self._calm, self._climbed, self._failed = _CALM, 0, _NONE
        return self.rung

    def _pending(self, now: float) -> float:
        """How late the acknowledgement that should come next is, at least; seconds."""
        due = max(1, round(self._covered)) - 1
        if due >= len(self._sent) or now - self._acked > _FORSAKEN:
            return 0.0
        return now - self._sent[due][1] - self._way.soonest

    def _compare(self, since: float) -> None:
        """Forget the rung that failed where frames show that the link has become wider."""
        # Before, they may be of the rung before, or have waited behind such.
        if since >= (STEP_SECONDS if self._climbed else _DRAINED):
            before = self._delays[self.rung]
            if self._delay < _WIDER * before < _NEVER:
                self._failed, self._delays = _NONE, _unknown()
            self._delays[self.rung] = min(self._delays[self.rung], self._delay)
        if not self.rung:
            self._delays = _unknown()

    def _patience(self) -> float:
        if self.rung - 1 == self._failed:
            return self._calm
        # A raise has done no harm once a frame sent after it came in good time; where one did harm before,
        # the queue that it makes shows later.
        proven = self._shown > self._changed and self.rung != self._failed
        return STEP_SECONDS if self._climbed and proven else _SETTLE

    def _lower(self, now: float, since: float, *, great: bool) -> None:
        if self._climbed:
            self._calm = min(2 * self._calm, _LONGEST_CALM)
            self._failed = self.rung
            down = min(2, self._climbed)
            self._climbed = 0
        elif since < _SETTLE:
            return
        else:
            down = 2 if great else 1
        self._move(min(self.rung + down, len(LADDER) - 1), now)

    def _move(self, rung: int, now: float) -> None:
        self.rung, self._changed = rung, now


def _unknown() -> list[float]:
    return [_NEVER] * len(LADDER)


class _Way:
    """How long a frame and its acknowledgement take where nothing waits: the least of the last while."""

    def __init__(self) -> None:
        self._before = self._now = _NEVER
        self._turned = 0.0

    @property
    def soonest(self) -> float:
        return min(self._before, self._now)

    def took(self, seconds: float, now: float) -> None:
        # A client that moves to another network has another way from then on.
        if now - self._turned > _WHILE:
            self._before, self._now, self._turned = self._now, _NEVER, now
        self._now = min(self._now, seconds)
