"""The way of a frame: streams that are due, a batch on the device, encoders, clients."""

from __future__ import annotations

import asyncio
import math
import os
import time
from collections.abc import Coroutine, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

import structlog

from models.engine import Request
from server.codecs import CODECS
from server.device import Device, Drawing, Order
from server.encoders import Encoded, Pixels
from server.lines import Line
from server.load import CostModel
from server.metrics import Metrics
from server.outbox import Frame, Stamps
from server.scheduling import Job, next_batch, wake_at
from server.session_table import SessionTable
from server.sessions import Draft, Part, Stream
from server.streams import StreamKey, packing_of
from server.video import Opener, VideoEncoder

log = structlog.get_logger()

_PAUSE_AFTER_FAILURE = 1.0
Drafts = list[tuple[Stream, Draft]]
Shown = Mapping[str, Any]
"""`seq` and `time` of the input that a picture shows."""


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
        self._coders: WeakKeyDictionary[Line, _Coder] = WeakKeyDictionary()
        self._tasks: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self._drawing = asyncio.Lock()
        self._stopping = False
        self.lost = asyncio.Event()
        """The device draws nothing any more, whatever is tried."""
        self.video: Opener | None = None
        """What encodes video, where it is not libx264."""

    def attached(self, stream: Stream) -> None:
        """A client was given this stream: where it needs a keyframe, the newest picture is made one at once,
        whatever the device is drawing.
        """
        coder, now = self._coders.get(stream.main), time.monotonic()
        if coder is not None and coder.newest is not None:
            pixels, shown = coder.newest
            if (draft := stream.again(now, shown)) is not None:
                self._start(self._encode(stream, draft, pixels, _Drawing(now, now)))
        self.wake()

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
            await self._undrawn(jobs, drafts)
            return
        self._start(self._bring(jobs, drafts, begun, drawn))

    async def _bring(self, jobs: list[Job], drafts: Drafts, begun: float, drawn: Drawing) -> None:
        """Encode what was drawn when it is there; the device may be drawing what comes next."""
        try:
            batch = await drawn.batch()
        except Exception:
            await self._undrawn(jobs, drafts)
            return
        drawing = _Drawing(begun, time.monotonic(), batch.free, batch.ended - batch.began)
        self._cost.measured(sum(job.pixels for job in jobs), drawing.drawn - begun, jobs[0].kind)
        self._metrics.batch.observe(len(jobs))
        shown = {}
        for job, picture in zip(jobs, batch.pictures, strict=True):
            shown.update({stream: picture[packing_of(stream.key)] for stream in job.streams})
        for stream, draft in drafts:
            self._start(self._encode(stream, draft, shown[stream], drawing))

    async def _encode(self, stream: Stream, draft: Draft, pixels: Pixels, drawing: _Drawing) -> None:
        """The parts one after another: those on the main line wait for nobody else."""
        try:
            for part in draft.parts:
                if part.line.receivers:
                    encoded, seconds = await self._coded(stream, part, pixels, draft.input)
                    stamps = drawing.stamps(draft.wanted, time.monotonic(), seconds)
                    self._metrics.drawn(stamps)
                    codec = stream.key.codec
                    frame = Frame(encoded.data, encoded.key, codec, stamps, draft.input, draft.fresh)
                    stream.encoded(part.line, frame)
        except Exception:
            log.exception("encoding failed", session=stream.session.id, codec=stream.key.codec)
            self._failed([stream])
            return
        stream.done()
        self.wake()

    async def _coded(self, stream: Stream, part: Part, pixels: Pixels, shown: Shown) -> tuple[Encoded, float]:
        """What the line's encoder makes of the picture, and its seconds for it."""
        if (coder := self._coders.get(part.line)) is None:
            coder = self._coders[part.line] = _Coder(stream.key, self.video)
        async with coder.turn:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._pool, coder.encode, pixels, part.key, shown)

    async def _undrawn(self, jobs: list[Job], drafts: Drafts) -> None:
        log.exception("drawing failed", sessions=[job.session.id for job in jobs])
        self._failed(stream for stream, _ in drafts)
        if await self._device.lost():
            self.lost.set()

    def _failed(self, streams: Iterable[Stream]) -> None:
        again = time.monotonic() + _PAUSE_AFTER_FAILURE
        for stream in streams:
            stream.failed(again)
        self.wake()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


@dataclass(frozen=True)
class _Drawing:
    """When a picture was begun and drawn, since when the device was free, and the seconds that it drew."""

    begun: float
    drawn: float
    free: float = -math.inf
    seconds: float = 0.0

    def stamps(self, wanted: float, encoded: float, encoding: float) -> Stamps:
        """Those of one frame that shows it."""
        busy = min(max(0.0, self.free - wanted), self.begun - wanted)
        handed = encoded - self.begun - self.seconds - encoding
        return Stamps(wanted, self.begun, self.drawn, encoded, busy, handed)


class _Coder:
    """One line's encoder, and the turn that keeps its frames in order. It ends with its line."""

    def __init__(self, key: StreamKey, video: Opener | None) -> None:
        self.turn = asyncio.Lock()
        build = CODECS[key.codec].build
        self._build = partial(VideoEncoder, opener=video) if video and build is VideoEncoder else build
        self._quality = key.quality
        self._encoder = self._build(self._quality)
        self._keeps = CODECS[key.codec].layout != "rgba"
        self.newest: tuple[Pixels, Shown] | None = None
        """The picture that was encoded last, and its input; of video only: a still can be sent again."""

    def encode(self, pixels: Pixels, key: bool, shown: Shown) -> tuple[Encoded, float]:
        """Encode on the calling thread, and the seconds for it; one that fails gives place to a fresh one."""
        began = time.monotonic()
        if self._keeps:
            # A copy: a picture of a batch would keep all the others in memory.
            self.newest = pixels.copy(), shown
        try:
            return self._encoder.encode(pixels, key=key), time.monotonic() - began
        except Exception:
            self._encoder = self._build(self._quality)
            raise


def _order(job: Job, now: float) -> Order:
    request = Request(job.session.character, job.session.pose_at(now), job.streams[0].key.view)
    return Order(request, tuple({packing_of(stream.key) for stream in job.streams}))
