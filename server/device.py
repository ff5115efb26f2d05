"""The device's own thread: everything that touches the engine runs there, one thing after another.

Pictures come to the host aside, where a device can: it draws the next batch meanwhile.
"""

from __future__ import annotations

import asyncio
import math
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from models.cast import Cast
from models.engine import Request
from models.folders import AnyCharacter
from server.copies import Copies, copies_for
from server.packing import Packing, pack

T = TypeVar("T")


@dataclass(frozen=True)
class Order:
    """One picture to draw, and the packings in which it is wanted."""

    request: Request
    packings: tuple[Packing, ...]


Drawn = dict[Packing, NDArray[np.uint8]]
"""One picture, on the host, in each of its packings."""


@dataclass(frozen=True)
class Batch:
    """Pictures that were drawn together, and when on the device's thread; seconds of the monotonic clock."""

    pictures: list[Drawn]
    free: float
    """When the device had done what came before."""
    began: float
    ended: float


class Drawing:
    """A batch that is drawn, and on its way to the host."""

    def __init__(self, bring: Callable[[], Batch], thread: Executor | None) -> None:
        """`bring` waits for the pictures, on `thread` where it takes a while."""
        self._bring = bring
        self._thread = thread

    async def batch(self) -> Batch:
        """What was drawn, once it is there."""
        if self._thread is None:
            return self._bring()
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._bring)


class Device:
    """An engine behind one thread. Its methods are awaited on the event loop, which never computes."""

    def __init__(self, engine: Cast, copies: Copies | None = None) -> None:
        self.engine = engine
        self._copies = copies or copies_for(engine.device)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="device")
        self._bringing = ThreadPoolExecutor(1, thread_name_prefix="copies") if self._copies.aside else None
        self._free = -math.inf

    async def draw(self, orders: Sequence[Order]) -> Drawing:
        """Draw a batch, in order; the device is free for the next when this returns."""
        return Drawing(await self._on_thread(lambda: self._drawn(orders)), self._bringing)

    async def load(self, character: AnyCharacter) -> int:
        """Put a character on the device; its bytes there."""
        return await self._on_thread(lambda: self.engine.load(character))

    async def unload(self, character: str) -> None:
        """Take a character off the device."""
        await self._on_thread(lambda: self.engine.unload(character))

    async def lost(self) -> bool:
        """Whether the device computes no more, as after a kernel that went wrong.

        Nothing but another process can use it then.
        """
        return not await self._on_thread(lambda: _computes(self.engine.device))

    def memory_bytes(self) -> int:
        """Memory in use on the device; on the CPU, that of this process."""
        if self.engine.device.type == "cuda":
            return torch.cuda.memory_reserved(self.engine.device)
        if self.engine.device.type == "mps":
            return torch.mps.driver_allocated_memory()
        return _process_bytes()

    def close(self) -> None:
        """Let the thread end after what it is doing."""
        self._thread.shutdown(wait=True, cancel_futures=True)
        if self._bringing is not None:
            self._bringing.shutdown(wait=True, cancel_futures=True)

    def _drawn(self, orders: Sequence[Order]) -> Callable[[], Batch]:
        free, began = self._free, time.monotonic()
        bring = draw_orders(self.engine, orders, self._copies)

        def batch() -> Batch:
            pictures = bring()
            return Batch(pictures, free, began, time.monotonic())

        if self._copies.aside:
            return batch
        done = batch()
        return lambda: done

    async def _on_thread(self, work: Callable[[], T]) -> T:
        def timed() -> T:
            try:
                return work()
            finally:
                self._free = time.monotonic()

        return await asyncio.get_running_loop().run_in_executor(self._thread, timed)


def draw_orders(engine: Cast, orders: Sequence[Order], copies: Copies) -> Callable[[], list[Drawn]]:
    """Draw a batch, and what waits for it. Pictures of one shape and packing are packed together."""
    frames = engine.draw([order.request for order in orders])
    groups: dict[tuple[torch.Size, Packing], list[int]] = {}
    for number, order in enumerate(orders):
        for packing in order.packings:
            groups.setdefault((frames[number].shape, packing), []).append(number)
    packed: list[torch.Tensor] = []
    for (_, packing), numbers in groups.items():
        same = torch.stack([frames[number] for number in numbers])
        packed.append(pack(same, packing, fused=engine.name == "triton"))
    wait = copies.begin(packed)

    def bring() -> list[Drawn]:
        drawn: list[Drawn] = [{} for _ in orders]
        for ((_, packing), numbers), pictures in zip(groups.items(), wait(), strict=True):
            for number, pixels in zip(numbers, pictures, strict=True):
                drawn[number][packing] = pixels
        return drawn

    return bring


def _computes(device: torch.device) -> bool:
    try:
        torch.ones(1, device=device).sum().item()
    except torch.OutOfMemoryError:
        return True
    except RuntimeError:
        return False
    return True


def _process_bytes() -> int:
    try:
        resident = Path("/proc/self/statm").read_text().split()[1]
    except OSError:
        return 0
    return int(resident) * os.sysconf("SC_PAGE_SIZE")
