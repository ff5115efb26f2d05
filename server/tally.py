"""What one client was sent in the last second. Pure."""

from __future__ import annotations

from typing import Any

from server.outbox import Numbered

_STAGES = ("queue", "render", "encode")


class Tally:
    """Counts of one client's frames between two reports; `dropped`, `newest` and `acked` run on."""

    def __init__(self) -> None:
        self.dropped = 0
        self.newest = 0
        """Number of the newest frame sent."""
        self.acked: int | None = None
        """Number of the newest frame that the client says it has shown."""
        self._frames = 0
        self._bytes = 0
        self._stages = dict.fromkeys(_STAGES, 0.0)

    def sent(self, item: Numbered) -> None:
        """A frame was sent."""
        self.newest = item.number
        self._frames += 1
        self._bytes += len(item.frame.data)
        for stage, milliseconds in item.frame.stamps.stages.items():
            self._stages[stage] += milliseconds

    def report(self, seconds: float) -> dict[str, Any]:
        """The client's share of `stats` for the `seconds` since the last report; starts anew."""
        report: dict[str, Any] = {
            "fps": self._frames / seconds,
            "dropped": self.dropped,
            "bitrate": 8 * self._bytes / seconds,
        }
        if self.acked is not None:
            report["backlog"] = max(0, self.newest - self.acked)
        for stage in _STAGES:
            report[f"{stage}_ms"] = self._stages[stage] / self._frames if self._frames else 0.0
        self._frames = self._bytes = 0
        self._stages = dict.fromkeys(_STAGES, 0.0)
        return report
