"""Webcam pictures into poses: what performers send goes to the pool; what it sees, to their sessions."""

from __future__ import annotations

import asyncio
import importlib.util
import time
from collections.abc import Callable
from typing import Any, Protocol

import structlog

from models.pose import PoseError
from server.metrics import Metrics
from server.protocol import Image, ProtocolError
from server.sessions import Input, Session
from server.tracking_model import ModelError, find_model
from server.tracking_pool import Pool, Seen, TrackerError, worker_command

log = structlog.get_logger()

_OFF = "This server is set to see no faces: it needs `tracker_processes` of 1 or more."
_STARTING = "The server is getting ready to see faces; try again in a few seconds."


class Performer(Protocol):
    """The client that sends pictures."""

    session: Session | None

    def tell(self, message: dict[str, Any]) -> None:
        """Send a message."""
        ...

    def fail(self, error: ProtocolError) -> None:
        """Send an error."""
        ...


class Tracking:
    """Face tracking of one server. All methods run on the event loop."""

    def __init__(self, model: str, processes: int, metrics: Metrics, wake: Callable[[], None]) -> None:
        self._model = model
        self._processes = processes
        self._metrics = metrics
        self._wake = wake
        self._starting: asyncio.Task[None] | None = None
        self._missing = _OFF
        self.pool: Pool | None = None

    @property
    def missing(self) -> str | None:
        """Why nothing is seen, in one sentence that says what to do; None where it is."""
        return self._missing if self.pool is None else None

    async def start(self) -> None:
        """Be ready to see, where the face model and its library are there; else know why not."""
        if (pool := self._prepared()) is not None:
            await self._begin(pool)

    def _prepared(self) -> Pool | None:
        if self._processes == 0:
            return None
        try:
            return Pool(_command(self._model), self._processes, self._metrics.trackers_replaced.inc)
        except (ModelError, TrackerError) as error:
            self._lacks(str(error))
            return None

    async def _begin(self, pool: Pool) -> None:
        self._missing = _STARTING
        try:
            await pool.start()
            self.pool = pool
            log.info("face tracking ready", processes=self._processes)
        except TrackerError as error:
            self._lacks(str(error))

    def _lacks(self, why: str) -> None:
        if why != self._missing:
            log.info("no face tracking", reason=why)
        self._missing = why

    async def stop(self) -> None:
        """End the processes."""
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.gather(self._starting, return_exceptions=True)
        if self.pool is not None:
            await self.pool.stop()

    def forget(self, session: Session) -> None:
        """A session ended."""
        if self.pool is not None:
            self.pool.forget(session.id)

    def look(self, performer: Performer, session: Session, image: Image) -> None:
        """Look at a picture; a pose and a `tracking` message follow. Raises ProtocolError `no_tracker`."""
        if self.pool is None:
            self._look_again()
            raise ProtocolError("no_tracker", self._missing)
        arrived = time.monotonic()

        def done(seen: Seen) -> None:
            if performer.session is session:
                self._take(performer, session, Input(image.seq, image.time, arrived), seen)

        self.pool.look(session.id, image.format, image.data, done)

    def _look_again(self) -> None:
        # The model may have been fetched since; nobody should have to start the server again for it.
        begun = self._starting is not None and not self._starting.done()
        if not begun and (pool := self._prepared()) is not None:
            self._missing = _STARTING
            self._starting = asyncio.create_task(self._begin(pool))

    def _take(self, performer: Performer, session: Session, newest: Input, seen: Seen) -> None:
        if seen.error is not None:
            performer.fail(ProtocolError("bad_image", seen.error))
            return
        try:
            answer = _applied(session, newest, seen)
        except PoseError as error:
            performer.fail(ProtocolError("bad_image", str(error)))
            return
        self._metrics.tracking.observe(time.monotonic() - newest.arrived)
        performer.tell({"type": "tracking", "seq": newest.seq, **answer})
        self._wake()


def _applied(session: Session, newest: Input, seen: Seen) -> dict[str, Any]:
    if seen.values is None or seen.matrix is None:
        session.show(session.face.lost(newest.arrived, session.pose), newest)
        return {"face": False}
    pose = session.face.seen(seen.values, seen.matrix, newest.arrived, session.pose)
    session.take(pose, newest)
    return {"face": True, "values": pose.tolist()}


def _command(model: str) -> list[str]:
    path = find_model(model)
    if importlib.util.find_spec("mediapipe") is None:
        raise TrackerError("The package mediapipe is not installed, so this server tracks no faces.")
    return worker_command(path)
