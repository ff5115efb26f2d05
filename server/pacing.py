"""When a stream's next picture may be begun: at its beat, or for an input a little before. Pure."""

from __future__ import annotations

EARLY = 0.5
"""The part of a frame's time by which an input may be drawn before the beat: inputs come unevenly."""
SLIP = 0.02
"""The part of a frame's time by which such an input moves the beat towards itself.

So a performer whose clock runs a little fast, or who sends every 33 ms for 30 frames a second, does not wait
ever longer for the beat; and no stream runs faster than asked by more than this.
"""


class Beat:
    """The beat of one stream of `fps` pictures a second. Times are seconds of one monotonic clock."""

    def __init__(self, fps: float, due: float) -> None:
        self.due = due
        """When the next picture falls due."""
        self._period = 1 / fps

    def opens(self, *, fresh: bool) -> float:
        """From when on a picture may be begun; `fresh` where it would be the first to show an input."""
        return self.due - EARLY * self._period if fresh else self.due

    def begun(self, now: float) -> None:
        """A picture is begun: keep the beat while it can be kept, or begin anew after a pause or a delay."""
        early = min(max(0.0, self.due - now), SLIP * self._period)
        self.due = max(self.due + self._period - early, now)
