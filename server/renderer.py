"""The way of a frame: streams that are due, a batch on the device, encoders, clients."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from weakref import WeakKeyDictionary

import structlog

from models.engine import Request
from server.codecs import CODECS
from server.device import Device, Order
from server.encoders import Encoded, Pixels
from server.load import CostModel
from server.metrics import Metrics
from server.outbox import Frame, Stamps
from server.scheduling import Job, next_batch, wake_at
from server.sessions import Draft, SessionTable, Stream
from server.streams import packing_of

log = structlog.get_logger()

_PAUSE_AFTER_FAILURE = 1.0


class Renderer:
    """Draws what is due as long as it runs. Never waits for a client; the device never waits for it."""

    def __init__(
        self,
        table: SessionTable,
        device: Device,
        cost: CostModel,
        metrics: Metrics,
        *,
        max_batch: int,
        batch_seconds: float,
        encoder_threads: int = 0,
    ) -> None:
        self._table = table
        self._device = device
        self._cost = cost
        self._metrics = metrics
        self._max_batch = max_batch
        self._batch_seconds = batch_seconds
        self._pool = ThreadPoolExecutor(encoder_threads or os.cpu_count(), thread_name_prefix="encoder")
        self._lines: WeakKeyDictionary[Stream, _Line] = WeakKeyDictionary()
        self._tasks: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self._drawing = asyncio.Lock()
        self._stopping = False

    def wake(self) -> None:
        """Something may have fallen due."""
        self._changed.set()

    async def run(self) -> None:
        """Draw until `stop`."""
        while not self._stopping:
            now = time.monotonic()
            self._changed.clear()
            jobs = next_batch(
                self._table.streams(),
                now,
                self._cost,
                max_batch=self._max_batch,
                batch_seconds=self._batch_seconds,
            )
            if jobs:
                async with self._drawing:
                    await self._draw(jobs)
            else:
                await self._rest(wake_at(self._table.streams(), now), now)

    async def stop(self) -> None:
        """Begin nothing more; return when what was begun has reached the clients' queues."""
        self._stopping = True
        self.wake()
        async with self._drawing:
            pass
        while self._tasks:
            await asyncio.wait(set(self._tasks))
        self._pool.shutdown(wait=False)

    async def _rest(self, until: float | None, now: float) -> None:
        try:
            async with asyncio.timeout(None if until is None else max(0.0, until - now)):
                await self._changed.wait()
        except TimeoutError:
            pass

    async def _draw(self, jobs: list[Job]) -> None:
        begun = time.monotonic()
        orders = [_order(job, begun) for job in jobs]
        drafts = [(stream, stream.begin(begun)) for job in jobs for stream in job.streams]
        try:
            drawn = await self._device.draw(orders)
        except Exception:
            log.exception("drawing failed", sessions=[job.session.id for job in jobs])
            self._failed(stream for stream, _ in drafts)
            return
        done = time.monotonic()
        self._cost.measured(sum(job.pixels for job in jobs), done - begun, jobs[0].kind)
        self._metrics.batch.observe(len(jobs))
        shown = {}
        for job, picture in zip(jobs, drawn, strict=True):
            shown.update({stream: picture[packing_of(stream.key)] for stream in job.streams})
        for stream, draft in drafts:
            self._start(self._encode(stream, draft, shown[stream], begun, done))

    async def _encode(self, stream: Stream, draft: Draft, pixels: Pixels, begun: float, drawn: float) -> None:
        if (line := self._lines.get(stream)) is None:
            line = self._lines[stream] = _Line(stream)
        try:
            async with line.turn:
                encoded = await asyncio.get_running_loop().run_in_executor(
                    self._pool, line.encode, pixels, draft.key
                )
        except Exception:
            log.exception("encoding failed", session=stream.session.id, codec=stream.key.codec)
            self._failed([stream])
            return
        stamps = Stamps(draft.wanted, begun, drawn, time.monotonic())
        self._metrics.drawn(stamps)
        stream.encoded(Frame(encoded.data, encoded.key, stream.key.codec, stamps, draft.input, draft.fresh))
        self.wake()

    def _failed(self, streams: Iterable[Stream]) -> None:
        again = time.monotonic() + _PAUSE_AFTER_FAILURE
        for stream in streams:
            stream.failed(again)
        self.wake()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class _Line:
    """One stream's encoder, and the turn that keeps its frames in order. It ends with its stream."""

    def __init__(self, stream: Stream) -> None:
        self.turn = asyncio.Lock()
        self._build = CODECS[stream.key.codec].build
        self._quality = stream.key.quality
        self._encoder = self._build(self._quality)

    def encode(self, pixels: Pixels, key: bool) -> Encoded:
        """Encode on the calling thread; an encoder that fails gives place to a fresh one."""
        try:
            return self._encoder.encode(pixels, key=key)
        except Exception:
            self._encoder = self._build(self._quality)
            raise


def _order(job: Job, now: float) -> Order:
    request = Request(job.session.character, job.session.pose_at(now), job.streams[0].key.view)
    return Order(request, tuple({packing_of(stream.key) for stream in job.streams}))
