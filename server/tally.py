"""What one client was sent in the last second. Pure."""

from __future__ import annotations

from typing import Any

from server.outbox import Frame, Numbered

_STAGES = ("queue", "render", "encode")


class Tally:
    """Counts of one client's frames between two reports; `dropped`, `newest` and `acked` run on."""

    def __init__(self) -> None:
        self.dropped = 0
        self.newest = 0
        """Number of the newest frame sent."""
        self.acked: int | None = None
        """Number of the newest frame that the client says it has shown."""
        self._frames: list[Frame] = []

    def sent(self, item: Numbered) -> None:
        """A frame was sent."""
        self.newest = item.number
        self._frames.append(item.frame)

    def report(self, seconds: float) -> dict[str, Any]:
        """The client's share of `stats` for the `seconds` since the last report; starts anew."""
        frames, self._frames = self._frames, []
        report: dict[str, Any] = {
            "fps": len(frames) / seconds,
            "dropped": self.dropped,
            "bitrate": 8 * sum(len(frame.data) for frame in frames) / seconds,
        }
        if self.acked is not None:
            report["backlog"] = max(0, self.newest - self.acked)
        for stage in _STAGES:
            spent = sum(frame.stamps.stages[stage] for frame in frames)
            report[f"{stage}_ms"] = spent / len(frames) if frames else 0.0
        return report
