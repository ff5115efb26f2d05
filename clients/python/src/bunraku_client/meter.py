"""What a stream of frames amounts to, second by second."""

from collections.abc import Sequence

import numpy as np

from bunraku_client.frame import Frame


def percentile(values: Sequence[float], percent: float) -> float | None:
    """The value that `percent` of them do not exceed, None where there are none."""
    return float(np.percentile(values, percent)) if values else None


class Meter:
    """Counts frames until it is read, then begins anew; times are given in monotonic milliseconds."""

    def __init__(self, now_ms: float) -> None:
        self._begin(now_ms)

    def add(self, frame: Frame) -> None:
        """Count one frame."""
        self._frames += 1
        self._bytes += len(frame.data)
        self._server_ms.append(frame.server_ms)
        if frame.latency_ms is not None:
            self._latencies.append(frame.latency_ms)

    def line(self, now_ms: float) -> str:
        """One line for the time since the last one: frames a second, latency, server time and bytes."""
        seconds = max(now_ms - self._since_ms, 1) / 1000
        parts = [f"{self._frames / seconds:5.1f} fps"]
        if self._latencies:
            parts.append(f"latency {np.median(self._latencies):6.1f} ms")
        if self._server_ms:
            parts.append(f"server {np.median(self._server_ms):6.1f} ms")
        parts.append(f"{self._bytes / seconds / 1024:7.1f} KiB/s")
        self._begin(now_ms)
        return "   ".join(parts)

    def _begin(self, now_ms: float) -> None:
        self._since_ms = now_ms
        self._frames = self._bytes = 0
        self._latencies: list[float] = []
        self._server_ms: list[float] = []
