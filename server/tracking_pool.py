"""Processes that see faces: a session keeps to one, the newest picture wins, a dead one is replaced."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgpack
import structlog

from server.tracking_worker import LENGTH, packed

log = structlog.get_logger()

_START_SECONDS = 60.0
_ANSWER_SECONDS = 10.0
_AGAIN_SECONDS = 1.0
_LOST = "The face tracker stopped and is being replaced; send the next picture."


class TrackerError(ValueError):
    """A tracker that does not start, in one plain sentence."""


@dataclass(frozen=True)
class Seen:
    """What came of one picture: a sentence in `error`, or a face, or neither where none was found.

    `values`: blendshapes by name, 0..1. `matrix`: 16 numbers, the row-major 4 by 4 matrix of the head.
    """

    error: str | None = None
    values: Mapping[str, float] | None = None
    matrix: Sequence[float] | None = None


Done = Callable[[Seen], None]


class Pool:
    """So many processes that run `command`, which speaks as `server.tracking_worker` does."""

    def __init__(self, command: Sequence[str], processes: int, replaced: Callable[[], None]) -> None:
        self._workers = [_Worker(command, replaced) for _ in range(processes)]
        self._of: dict[str, _Worker] = {}

    async def start(self) -> None:
        """Return when every process can see. Raises TrackerError where one does not start."""
        try:
            for worker in self._workers:
                await worker.start()
        except BaseException:  # also where it is given up half-way
            await self.stop()
            raise

    async def stop(self) -> None:
        """End the processes; pictures that wait come to nothing."""
        for worker in self._workers:
            await worker.stop()

    def look(self, session: str, kind: str, data: bytes, done: Done) -> None:
        """Look at a picture as soon as may be; `done` is told, unless a newer one takes its place."""
        if session not in self._of:
            self._of[session] = min(self._workers, key=lambda worker: len(worker.sessions))
            self._of[session].sessions.add(session)
        self._of[session].put(session, {"session": session, "format": kind, "data": data}, done)

    def forget(self, session: str) -> None:
        """A session ended."""
        if (worker := self._of.pop(session, None)) is not None:
            worker.sessions.discard(session)
            worker.put(session, {"session": session, "close": True}, lambda _: None)

    @property
    def pids(self) -> list[int]:
        """The processes that run now."""
        return [worker.process.pid for worker in self._workers if worker.process is not None]


class _Worker:
    """One process and what waits for it."""

    def __init__(self, command: Sequence[str], replaced: Callable[[], None]) -> None:
        self.sessions: set[str] = set()
        self.process: asyncio.subprocess.Process | None = None
        self._command = command
        self._replaced = replaced
        self._waiting: OrderedDict[str, tuple[dict[str, Any], Done]] = OrderedDict()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await self._spawn()
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._kill()

    def put(self, session: str, order: dict[str, Any], done: Done) -> None:
        # A newer picture keeps the place in the queue, so that nobody is passed by for being quick.
        self._waiting[session] = (order, done)
        self._wake.set()

    async def _run(self) -> None:
        while True:
            try:
                await self._serve()
            except (OSError, EOFError, TimeoutError, TrackerError) as error:
                log.warning("tracker process replaced", reason=type(error).__name__)
                self._replaced()
                await self._kill()
                await self._respawn()

    async def _serve(self) -> None:
        while True:
            while self._waiting:
                order, done = self._waiting.popitem(last=False)[1]
                await self._ask(order, done)
            self._wake.clear()
            await self._wake.wait()

    async def _ask(self, order: dict[str, Any], done: Done) -> None:
        assert self.process is not None
        assert self.process.stdin is not None
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                self.process.stdin.write(packed(order))
                await self.process.stdin.drain()
                answer = None if order.get("close") else await self._read()
        except (OSError, EOFError, TimeoutError):
            done(Seen(error=_LOST))
            raise
        if answer is not None:
            done(Seen(error=answer.get("error"), **(answer.get("face") or {})))

    async def _read(self) -> dict[str, Any]:
        assert self.process is not None
        assert self.process.stdout is not None
        length = LENGTH.unpack(await self.process.stdout.readexactly(LENGTH.size))[0]
        answer: dict[str, Any] = msgpack.unpackb(await self.process.stdout.readexactly(length))
        return answer

    async def _spawn(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            cwd=Path(__file__).parent.parent,
        )
        try:
            async with asyncio.timeout(_START_SECONDS):
                await self._read()
        except (OSError, EOFError, TimeoutError):
            await self._kill()
            raise TrackerError("The face tracker does not start.") from None

    async def _respawn(self) -> None:
        while True:
            await asyncio.sleep(_AGAIN_SECONDS)
            try:
                return await self._spawn()
            except TrackerError as error:
                log.warning("tracker process not replaced", reason=str(error))

    async def _kill(self) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                self.process.kill()
            # Reads to the end and closes both pipes, which waiting for the process alone would leave open.
            await self.process.communicate(b"")
            self.process = None  # not before, so that a kill that is cancelled is done again


def worker_command(model: Path) -> list[str]:
    """The command that sees with the face model in a file."""
    return [sys.executable, "-m", "server.tracking_worker", str(model.absolute())]
