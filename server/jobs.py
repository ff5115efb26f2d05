"""Distillations that wait, run and end: one at a time, in the order in which they were asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from server.orders import Order
from server.refusal import RegistryError

State = Literal["queued", "running", "stopping", "leaving", "stopped", "failed", "done", "gone"]
Event = Literal["start", "stop", "go_on", "forget", "succeed", "fail", "halt"]

MOST = 32
"""Jobs that are kept at once, whatever their state."""

_MOVES: dict[tuple[State, Event], State] = {
    ("queued", "start"): "running",
    ("queued", "stop"): "stopped",
    ("queued", "forget"): "gone",
    ("running", "stop"): "stopping",
    ("running", "forget"): "leaving",
    ("running", "succeed"): "done",
    ("running", "fail"): "failed",
    ("running", "halt"): "queued",
    ("stopping", "forget"): "leaving",
    ("stopping", "succeed"): "done",
    ("stopping", "fail"): "stopped",
    ("stopping", "halt"): "stopped",
    ("leaving", "succeed"): "gone",
    ("leaving", "fail"): "gone",
    ("leaving", "halt"): "gone",
    ("stopped", "go_on"): "queued",
    ("stopped", "forget"): "gone",
    ("failed", "go_on"): "queued",
    ("failed", "forget"): "gone",
    ("done", "forget"): "gone",
}
"""What each event makes of each state. `halt`: the process ended because it was told to, and can go on."""

_AT_WORK = ("running", "stopping", "leaving")


class Job(msgspec.Struct, frozen=True):
    """One distillation. Times are unix seconds; `place` orders the queue; `why` says why it failed."""

    id: str
    order: Order
    made: float
    place: float
    state: State = "queued"
    began: float | None = None
    ended: float | None = None
    why: str = ""


class Jobs:
    """All jobs that are known, oldest first. Raises RegistryError for what a state does not allow."""

    def __init__(self, kept: Iterable[Job] = ()) -> None:
        self._jobs = {job.id: _awakened(job) for job in sorted(kept, key=lambda job: job.made)}
        for job in [job for job in self if job.state == "gone"]:
            del self._jobs[job.id]

    def __iter__(self) -> Iterator[Job]:
        return iter(list(self._jobs.values()))

    def find(self, job: str) -> Job:
        """The job of that id; RegistryError 404 where there is none."""
        if job not in self._jobs:
            raise RegistryError(404, "no_job", f"There is no job {job[:64]!r}.")
        return self._jobs[job]

    def add(self, job: str, order: Order, now: float) -> Job:
        """Put a new job at the end of the queue."""
        if len(self._jobs) >= MOST:
            raise RegistryError(409, "full", f"There are {MOST} jobs already; remove one that is over.")
        if any(one.order.id == order.id and one.state != "done" for one in self):
            raise RegistryError(409, "exists", f"A job makes the character {order.id} already.")
        self._jobs[job] = made = Job(job, order, made=now, place=now)
        return made

    def move(self, job: str, event: Event, now: float, why: str = "") -> Job:
        """What an event makes of a job, which is then kept so; `gone` is kept no longer."""
        before = self.find(job)
        state = _MOVES.get((before.state, event))
        if state is None:
            raise RegistryError(409, "not_now", f"The job is {before.state}; that cannot be done to it now.")
        self._jobs[job] = after = _moved(before, state, now, why)
        if state == "gone":
            del self._jobs[job]
        return after

    def next(self) -> Job | None:
        """The job to be begun now: none while one is at work."""
        if any(job.state in _AT_WORK for job in self):
            return None
        return min(self._queue(), key=lambda job: job.place, default=None)

    def check_not_made(self, character: str) -> None:
        """Raises RegistryError while a job is at work on a character: it would come back."""
        if any(job.order.id == character and job.state in _AT_WORK for job in self):
            raise RegistryError(
                409, "being_made", f"A job makes {character} just now; stop or remove it first."
            )

    def ahead(self, job: Job) -> int:
        """How many jobs come before one that is queued."""
        at_work = sum(other.state in _AT_WORK for other in self if other.id != job.id)
        return at_work + sum(other.place < job.place for other in self._queue())

    def _queue(self) -> list[Job]:
        return [job for job in self if job.state == "queued"]


def _moved(job: Job, state: State, now: float, why: str) -> Job:
    changed = msgspec.structs.replace(job, state=state, why=why if state == "failed" else "")
    if state == "running":
        return msgspec.structs.replace(changed, began=job.began or now, ended=None)
    if state in ("stopped", "failed", "done"):
        return msgspec.structs.replace(changed, ended=now)
    if job.state in ("stopped", "failed"):
        return msgspec.structs.replace(changed, place=now)
    return changed


def _awakened(job: Job) -> Job:
    """A job as it stands after a restart: what ran keeps its place before all that waits."""
    asleep: dict[State, State] = {"running": "queued", "stopping": "stopped", "leaving": "gone"}
    return msgspec.structs.replace(job, state=asleep.get(job.state, job.state))
