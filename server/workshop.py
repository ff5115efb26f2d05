"""The workshop, where characters are made of drawings and of each other."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import time
from pathlib import Path

import structlog

from models.distill.checkpoint import STATE
from models.folders import holds_character
from models.teachers.engine import teachers_in
from server.drawings import Drawings
from server.job_files import JobFiles
from server.jobs import Event, Job, Jobs
from server.orders import Order, length, lesson
from server.refusal import RegistryError
from server.registry import Registry
from server.teaching import End, Teaching

log = structlog.get_logger()

FOLDER = ".workshop"
"""Beside the characters, where it is no character itself."""

_PATIENCE = 60.0
"""Seconds in which a process that is told to stop may finish its step and write what it has."""


class Workshop:
    """Jobs, one at work at a time. Its methods run on the event loop.

    Nothing is written before something is asked for.
    """

    def __init__(self, registry: Registry) -> None:
        self.jobs = Jobs()
        self.files = JobFiles(registry.own / FOLDER)
        self.drawings = Drawings(registry.own / FOLDER / "drawings")
        self._registry = registry
        self._opening = asyncio.Lock()
        self._writing = asyncio.Lock()
        self._wake = asyncio.Event()
        self._work_task: asyncio.Task[None] | None = None
        self._at_work: tuple[str, Teaching] | None = None
        self._started = self._closing = False

    async def start(self) -> None:
        """Go on with what an earlier server left undone, once the characters are found."""
        if await asyncio.to_thread(self.files.folder.is_dir):
            try:
                await self._open()
            except RegistryError as error:
                log.warning("workshop closed", reason=str(error))
        self._started = True

    def check_started(self) -> None:
        """Raises RegistryError until it is known which jobs there are."""
        if not self._started:
            raise _not_ready()

    async def close(self, patience: float) -> None:
        """Stop the job at work within so many seconds; the next server goes on with it."""
        self._closing = True
        self._wake.set()
        if self._at_work:
            self._at_work[1].stop(patience)
        if self._work_task:
            await self._work_task
        self.files.close()

    async def order(self, order: Order) -> Job:
        """Begin or queue a distillation. Raises RegistryError."""
        if not self._started or self._closing:
            raise _not_ready()
        folder = await asyncio.to_thread(self._registry.place_for, order.id)
        await asyncio.to_thread(self._lesson, order, folder)
        picture = None
        if order.drawing is not None:
            head = ",".join(f"{number:g}" for number in order.head) if order.head else None
            prepared = await asyncio.to_thread(
                self.drawings.prepared, order.drawing, head, remove_background=order.remove_background
            )
            picture = prepared.pixels
        await self._open()
        # Written down before it is known, since what is known may be begun at once.
        name, now = secrets.token_hex(6), time.time()
        await asyncio.to_thread(self.files.keep, Job(name, order, made=now, place=now), picture)
        try:
            job = self.jobs.add(name, order, now)
        except RegistryError:
            await asyncio.to_thread(self.files.remove, name)
            raise
        log.info("job ordered", job=job.id, character=order.id)
        self._wake.set()
        return job

    async def stop(self, job: str) -> Job:
        """Stop a job, which keeps what it has and can go on."""
        return await self._tell(job, "stop")

    async def go_on(self, job: str) -> Job:
        """Queue a job that was stopped or failed."""
        return await self._tell(job, "go_on")

    async def forget(self, job: str) -> Job:
        """Stop a job for good and forget it; a character that it made stays as it is."""
        return await self._tell(job, "forget")

    def output(self, order: Order) -> Path:
        """The folder of the character that an order makes."""
        return self._registry.own / order.id

    def usable(self, order: Order) -> bool:
        """Whether the character of an order is there, however little it has learnt."""
        return self._registry.find(order.id) is not None

    async def _tell(self, job: str, event: Event) -> Job:
        after = await self._move(job, event)
        if self._at_work and self._at_work[0] == job:
            self._at_work[1].stop(_PATIENCE)
        self._wake.set()
        return after

    async def _open(self) -> None:
        async with self._opening:
            if self._work_task is None:
                self.jobs = Jobs(await asyncio.to_thread(self.files.open))
                self._work_task = asyncio.create_task(self._work())

    async def _work(self) -> None:
        while not self._closing:
            job = self.jobs.next()
            if job is None:
                self._wake.clear()
                await self._wake.wait()
                continue
            await self._teach(job)

    async def _teach(self, job: Job) -> None:
        await self._move(job.id, "start")
        try:
            teaching = await self._begin(job)
        except (RegistryError, OSError) as error:
            await self._move(job.id, "fail", str(error))
            return
        self._at_work = job.id, teaching
        if self._closing or self.jobs.find(job.id).state != "running":
            teaching.stop(_PATIENCE)  # it was told so before there was a process
        end = await teaching.ended()
        self._at_work = None
        after = await self._move(job.id, self._event(end), end.why)
        log.info("job ended", job=job.id, character=job.order.id, state=after.state, reason=after.why)

    async def _begin(self, job: Job) -> Teaching:
        said = await asyncio.to_thread(self._lesson, job.order, self.files.of(job.id))
        command = ["distill", *said, "-o", str(self.output(job.order).resolve()), *length(job.order)]
        return await Teaching.begun(self.files.turn.resolve(), command, self.files.said(job.id))

    def _lesson(self, order: Order, folder: Path) -> list[str]:
        entry = self._registry.find(order.character) if order.character else None
        return lesson(order, entry, teachers_in(self._registry.teachers), folder.resolve())

    def _event(self, end: End) -> Event:
        if end.well:
            return "succeed"
        return "halt" if end.told and self._closing else "fail"

    async def _move(self, job: str, event: Event, why: str = "") -> Job:
        after = self.jobs.move(job, event, time.time(), why)
        async with self._writing:
            try:
                await asyncio.to_thread(self._write, after)
            except RegistryError as error:
                log.warning("job not kept", job=job, reason=str(error))
        return after

    def _write(self, job: Job) -> None:
        if job.state != "gone":
            return self.files.keep(job)
        self.files.remove(job.id)
        return clear(self.output(job.order))


def _not_ready() -> RegistryError:
    return RegistryError(503, "not_ready", "The server is starting or about to stop.")


def clear(folder: Path) -> None:
    """Remove what only a job needs from the folder of its character, and all of it if it is none yet."""
    if holds_character(folder):
        (folder / STATE).unlink(missing_ok=True)
    else:
        shutil.rmtree(folder, ignore_errors=True)
