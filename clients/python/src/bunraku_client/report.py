"""The figures of a load: what each performer saw, and what that comes to."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from bunraku_client.meter import percentile


@dataclass
class Tally:
    """What one performer saw: `frames` within `seconds`, `latencies` in milliseconds.

    `codec` is what it was granted, `refused` why it was not let in, `trouble` why it ended early; else None.
    """

    sent: int = 0
    frames: int = 0
    seconds: float = 0.0
    missed: int = 0
    skipped: int = 0
    latencies: list[float] = field(default_factory=list)
    codec: str | None = None
    refused: str | None = None
    trouble: str | None = None


@dataclass(frozen=True)
class Report:
    """The whole: latencies from pose to frame in ms, `fps_*` over the performers, reasons with their counts.

    `worked` counts the performers who got a frame. `missed` frames were left out by the server, `skipped`
    ones by this program. A figure is None where there was nothing to measure.
    """

    asked: int
    opened: int
    worked: int
    seconds: float
    poses: int
    frames: int
    missed: int
    skipped: int
    latency_p50_ms: float | None
    latency_p95_ms: float | None
    latency_p99_ms: float | None
    fps_mean: float | None
    fps_min: float | None
    codecs: dict[str, int]
    refused: dict[str, int]
    lost: dict[str, int]

    def as_dict(self) -> dict[str, Any]:
        """The figures as a map for JSON."""
        return asdict(self)

    def lines(self) -> list[str]:
        """The figures as text, one plain line each."""
        return [
            f"sessions   {self.opened} of {self.asked} opened, {self.worked} drew frames"
            f"   ({', '.join(self.codecs) or 'no codec'})",
            f"latency    p50 {_ms(self.latency_p50_ms)}   p95 {_ms(self.latency_p95_ms)}"
            f"   p99 {_ms(self.latency_p99_ms)}   (pose sent to frame received)",
            f"frame rate mean {_rate(self.fps_mean)}   least {_rate(self.fps_min)}"
            f"   ({self.frames} frames for {self.poses} poses in {self.seconds:.1f} s)",
            f"dropped    {self.missed} by the server, {self.skipped} here",
            *(f"refused    {count} x {reason}" for reason, count in self.refused.items()),
            *(f"lost       {count} x {reason}" for reason, count in self.lost.items()),
        ]


def summarise(tallies: Sequence[Tally]) -> Report:
    """Put the performers' tallies together."""
    opened = [tally for tally in tallies if tally.refused is None]
    latencies = [latency for tally in opened for latency in tally.latencies]
    rates = [tally.frames / tally.seconds for tally in opened if tally.seconds > 0]
    return Report(
        asked=len(tallies),
        opened=len(opened),
        worked=sum(tally.frames > 0 for tally in opened),
        seconds=max((tally.seconds for tally in opened), default=0.0),
        poses=sum(tally.sent for tally in opened),
        frames=sum(tally.frames for tally in opened),
        missed=sum(tally.missed for tally in opened),
        skipped=sum(tally.skipped for tally in opened),
        latency_p50_ms=percentile(latencies, 50),
        latency_p95_ms=percentile(latencies, 95),
        latency_p99_ms=percentile(latencies, 99),
        fps_mean=sum(rates) / len(rates) if rates else None,
        fps_min=min(rates, default=None),
        codecs=dict(Counter(tally.codec for tally in opened if tally.codec)),
        refused=dict(Counter(tally.refused for tally in tallies if tally.refused)),
        lost=dict(Counter(tally.trouble for tally in tallies if tally.trouble)),
    )


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} ms"


def _rate(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} fps"
