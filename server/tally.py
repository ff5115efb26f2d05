"""What one client was sent in the last second. Pure."""

from __future__ import annotations

from collections.abc import Mapping
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
        self._sent: list[tuple[int, Mapping[str, float]]] = []
        """Bytes and stages of each frame."""

    def sent(self, item: Numbered) -> None:
        """A frame was sent."""
        self.newest = item.number
        self._sent.append((len(item.frame.data), item.frame.stamps.stages))

    def report(self, seconds: float) -> dict[str, Any]:
        """The client's share of `stats` for the `seconds` since the last report; starts anew."""
        sent, self._sent = self._sent, []
        report: dict[str, Any] = {
            "fps": len(sent) / seconds,
            "dropped": self.dropped,
            "bitrate": 8 * sum(size for size, _ in sent) / seconds,
        }
        if self.acked is not None:
            report["backlog"] = max(0, self.newest - self.acked)
        for stage in _STAGES:
            spent = sum(stages[stage] for _, stages in sent)
            report[f"{stage}_ms"] = spent / len(sent) if sent else 0.0
        return report
