"""Who is drawn next: streams by their own frame rate, batches by deadline and predicted time. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from models.view import View
from server.load import CostModel
from server.sessions import Session, Stream

MAX_IN_FLIGHT = 2
"""One frame of a stream may be drawn while the one before is encoded."""


@dataclass(frozen=True)
class Job:
    """One picture to draw, and the streams that show it."""

    session: Session
    streams: tuple[Stream, ...]

    @property
    def kind(self) -> str:
        """The kind of its character."""
        return self.session.kind

    @property
    def pixels(self) -> int:
        """Drawn pixels."""
        view = self.streams[0].key.view
        return view.width * view.height


def next_batch(
    streams: Iterable[Stream], now: float, cost: CostModel, *, max_batch: int, batch_seconds: float
) -> list[Job]:
    """What to draw at once, most overdue first.

    A batch holds at least one picture, at most `max_batch`, and no more than the cost model says is drawn
    in `batch_seconds`; all of it is of one kind of character, since each kind has its own engine and cost.
    Streams of one session and view share a picture.
    """
    ready = [s for s in streams if s.in_flight < MAX_IN_FLIGHT and s.wants(now)]
    due = sorted((s for s in ready if s.opens <= now), key=lambda stream: stream.beat.due)
    # What is drawn anyway is also shown to those who would want it in half a frame's time.
    soon = [s for s in ready if now < s.opens <= now + 0.5 / s.key.fps]
    jobs: list[Job] = []
    pixels = 0
    for job in _shared(due, soon):
        if jobs and job.kind != jobs[0].kind:
            continue
        pixels += job.pixels
        if jobs and (len(jobs) == max_batch or cost.seconds(pixels, job.kind) > batch_seconds):
            break
        jobs.append(job)
    return jobs


def wake_at(streams: Iterable[Stream], now: float) -> float | None:
    """When, if no new pose comes before, something falls due; None for never."""
    times = (stream.wanted_at(now) for stream in streams if stream.in_flight < MAX_IN_FLIGHT)
    return min((wanted for wanted in times if wanted is not None), default=None)


def _shared(due: Iterable[Stream], soon: Iterable[Stream]) -> list[Job]:
    groups: dict[tuple[str, View], list[Stream]] = {}
    for stream in due:
        groups.setdefault((stream.session.id, stream.key.view), []).append(stream)
    for stream in soon:
        if (group := groups.get((stream.session.id, stream.key.view))) is not None:
            group.append(stream)
    return [Job(group[0].session, tuple(group)) for group in groups.values()]
