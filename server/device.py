"""The device's own thread: everything that touches the engine runs there, one thing after another."""

from __future__ import annotations

import asyncio
import math
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from models.cast import Cast
from models.engine import Request
from models.folders import AnyCharacter
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


class Device:
    """An engine behind one thread. Its methods are awaited on the event loop, which never computes."""

    def __init__(self, engine: Cast) -> None:
        self.engine = engine
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="device")
        self._free = -math.inf

    async def draw(self, orders: Sequence[Order]) -> Batch:
        """Draw a batch, in order."""
        return await self._on_thread(lambda: self._batch(orders))

    async def load(self, character: AnyCharacter) -> int:
        """Put a character on the device; its bytes there."""
        return await self._on_thread(lambda: self.engine.load(character))

    async def unload(self, character: str) -> None:
        """Take a character off the device."""
        await self._on_thread(lambda: self.engine.unload(character))

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

    def _batch(self, orders: Sequence[Order]) -> Batch:
        free, began = self._free, time.monotonic()
        pictures = draw_orders(self.engine, orders)
        return Batch(pictures, free, began, time.monotonic())

    async def _on_thread(self, work: Callable[[], T]) -> T:
        def timed() -> T:
            try:
                return work()
            finally:
                self._free = time.monotonic()

        return await asyncio.get_running_loop().run_in_executor(self._thread, timed)


def draw_orders(engine: Cast, orders: Sequence[Order]) -> list[Drawn]:
    """Draw a batch and bring it to the host: pictures of one shape and packing are packed together."""
    frames = engine.draw([order.request for order in orders])
    groups: dict[tuple[torch.Size, Packing], list[int]] = {}
    for number, order in enumerate(orders):
        for packing in order.packings:
            groups.setdefault((frames[number].shape, packing), []).append(number)
    drawn: list[Drawn] = [{} for _ in orders]
    packed: list[torch.Tensor] = []
    for (_, packing), numbers in groups.items():
        same = torch.stack([frames[number] for number in numbers])
        packed.append(pack(same, packing, fused=engine.name == "triton"))
    for ((_, packing), numbers), pictures in zip(groups.items(), _on_host(packed), strict=True):
        for number, pixels in zip(numbers, pictures, strict=True):
            drawn[number][packing] = pixels
    return drawn


def _on_host(packed: Sequence[torch.Tensor]) -> list[NDArray[np.uint8]]:
    """Copies on the host, for which the device is waited for once."""
    if packed and packed[0].device.type == "cuda":
        # Into memory that the device writes by itself.
        pinned = [torch.empty_like(one, device="cpu", pin_memory=True) for one in packed]
        for host, one in zip(pinned, packed, strict=True):
            host.copy_(one, non_blocking=True)
        torch.cuda.synchronize(packed[0].device)
        return [host.numpy() for host in pinned]
    return [one.cpu().numpy() for one in packed]


def _process_bytes() -> int:
    try:
        resident = Path("/proc/self/statm").read_text().split()[1]
    except OSError:
        return 0
    return int(resident) * os.sysconf("SC_PAGE_SIZE")
