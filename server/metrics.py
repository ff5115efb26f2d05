"""What Prometheus reads. Every metric of one server stands in one registry of its own."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from server.outbox import Frame, Stamps
from server.trace import Trace

# The bounds of the frame times of 120, 60, 30, 20 and 10 frames a second, each with neighbours.
_SECONDS = (
    0.0005, 0.001, 0.002, 0.004, 0.006, 0.0083, 0.0125, 0.0167, 0.025, 0.0333, 0.04, 0.05, 0.075, 0.1,
    0.15, 0.25, 0.5, 1.0, 2.5,
)  # fmt: skip
_BATCH = (1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128)


class Metrics:
    """The server's metrics, by name."""

    def __init__(self, trace: Trace | None = None) -> None:
        self._trace = trace
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self.stage = Histogram(
            "bunraku_stage_seconds",
            "Time that frames spend in each stage: queue, render, encode, send.",
            ["stage"],
            buckets=_SECONDS,
            registry=registry,
        )
        # Looked up once: a frame for a thousand watchers is sent a thousand times.
        self._stages = {name: self.stage.labels(name) for name in ("queue", "render", "encode", "send")}
        self.latency = Histogram(
            "bunraku_pose_to_frame_seconds",
            "From a pose's arrival to its first frame's being handed to the performer's socket.",
            buckets=_SECONDS,
            registry=registry,
        )
        self.shown = Histogram(
            "bunraku_pose_to_picture_seconds",
            "From a pose's making to its first picture's being shown, as clients' own clocks have it.",
            buckets=_SECONDS,
            registry=registry,
        )
        self.batch = Histogram(
            "bunraku_batch_size", "Pictures drawn at once.", buckets=_BATCH, registry=registry
        )
        self.sessions = Gauge(
            "bunraku_sessions", "Connected clients, by role: perform or watch.", ["role"], registry=registry
        )
        self.lingering = Gauge(
            "bunraku_lingering_sessions", "Sessions whose performer was cut off.", registry=registry
        )
        self.frames = Counter("bunraku_frames", "Frames sent, by codec.", ["codec"], registry=registry)
        self.bytes = Counter("bunraku_frame_bytes", "Bytes of frames sent.", ["codec"], registry=registry)
        self._codecs: dict[str, tuple[Counter, Counter]] = {}
        drops = Counter("bunraku_drops", "Frames not sent, by reason.", ["reason"], registry=registry)
        self.dropped = drops.labels("slow_client")
        self.rejected = Counter(
            "bunraku_rejected", "Clients refused, by reason.", ["reason"], registry=registry
        )
        self.mistakes = Counter(
            "bunraku_client_errors", "Messages answered with an error, by code.", ["code"], registry=registry
        )
        self.resident = Gauge("bunraku_resident_characters", "Characters on the device.", registry=registry)
        self.resident_bytes = Gauge(
            "bunraku_resident_bytes", "Bytes of the characters on the device.", registry=registry
        )
        self.device_bytes = Gauge(
            "bunraku_device_memory_bytes",
            "Memory in use on the device; on the CPU, that of the process.",
            registry=registry,
        )
        self.tracking = Histogram(
            "bunraku_tracking_seconds",
            "From a webcam picture's arrival to the pose that its face makes.",
            buckets=_SECONDS,
            registry=registry,
        )
        self.trackers_replaced = Counter(
            "bunraku_trackers_replaced", "Tracker processes that ended and were replaced.", registry=registry
        )
        self.load = Gauge(
            "bunraku_load_ratio", "Share of the device's time that sessions have booked.", registry=registry
        )

    def drawn(self, stamps: Stamps) -> None:
        """A frame is encoded."""
        for stage, milliseconds in stamps.stages.items():
            self._stages[stage].observe(max(0.0, milliseconds / 1e3))

    def sent(self, frame: Frame, offered: float, now: float, *, performer: bool) -> None:
        """A frame was handed to a client's socket, after waiting since `offered`."""
        self._stages["send"].observe(now - offered)
        frames, size = self._codec(frame.codec)
        frames.inc()
        size.inc(len(frame.data))
        if performer and frame.fresh:
            self.latency.observe(now - frame.stamps.wanted)
            if self._trace is not None:
                self._trace(frame, now)

    def _codec(self, name: str) -> tuple[Counter, Counter]:
        """Frames and bytes of a codec."""
        if name not in self._codecs:
            self._codecs[name] = self.frames.labels(name), self.bytes.labels(name)
        return self._codecs[name]

    def text(self) -> bytes:
        """The exposition, in Prometheus' text format."""
        return generate_latest(self.registry)
