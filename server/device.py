"""The device's own thread: everything that touches the engine runs there, one thing after another."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from models.character import Character
from models.engine import Engine, Request
from models.pictures import to_display

T = TypeVar("T")
Background = tuple[int, int, int] | None


@dataclass(frozen=True)
class Order:
    """One picture to draw, and the backgrounds over which it is wanted."""

    request: Request
    backgrounds: tuple[Background, ...]


Drawn = dict[Background, NDArray[np.uint8]]
"""Per background: uint8 (height, width, 4), sRGB with straight alpha, on the host."""


class Device:
    """An engine behind one thread. Its methods are awaited on the event loop, which never computes."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="device")

    async def draw(self, orders: Sequence[Order]) -> list[Drawn]:
        """Draw a batch, in order."""
        return await self._on_thread(lambda: draw_orders(self.engine, orders))

    async def load(self, character: Character) -> int:
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

    async def _on_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def draw_orders(engine: Engine, orders: Sequence[Order]) -> list[Drawn]:
    """Draw a batch and bring it to the host: pictures of one shape and background are packed together."""
    frames = engine.draw([order.request for order in orders])
    groups: dict[tuple[torch.Size, Background], list[int]] = {}
    for number, order in enumerate(orders):
        for background in order.backgrounds:
            groups.setdefault((frames[number].shape, background), []).append(number)
    drawn: list[Drawn] = [{} for _ in orders]
    for (_, background), numbers in groups.items():
        packed = to_display(torch.stack([frames[number] for number in numbers]), background).cpu().numpy()
        for number, pixels in zip(numbers, packed, strict=True):
            drawn[number][background] = pixels
    return drawn


def _process_bytes() -> int:
    try:
        resident = Path("/proc/self/statm").read_text().split()[1]
    except OSError:
        return 0
    return int(resident) * os.sysconf("SC_PAGE_SIZE")
