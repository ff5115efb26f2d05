"""Engines side by side: frames a second and fidelity, in one run on one machine."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Sequence
from typing import TypedDict

import numpy as np
import torch
from numpy.typing import NDArray

from models.character import Character
from models.engine import Engine, Request
from models.engines import build_engine
from models.pictures import to_display
from models.view import View

YARDSTICK = "literal"
WHITE = (255, 255, 255)


class Row(TypedDict):
    """One engine at one view and batch.

    fps: frames a second. ratio: of its fps to the literal engine's. psnr: in dB, of its 8-bit pictures
    over white against the literal engine's at the same poses; infinite where they are identical.
    rounds: how many batches were timed.
    """

    engine: str
    device: str
    size: int
    width: int
    height: int
    batch: int
    fps: float
    ratio: float
    psnr: float
    rounds: int


def bench_engines(
    character: Character,
    poses: NDArray[np.float32],
    batches: Sequence[int] = (1,),
    views: Sequence[View] = (View(),),
    seconds: float = 5.0,
    *,
    engines: Sequence[str] = (YARDSTICK, "folded"),
    device: str = "auto",
) -> list[Row]:
    """Time engines at every view and batch, taking turns so that a busy machine is unfair to none.

    Each turn draws the next `batch` of `poses` (N, 45), over and over, until all turns of one view and
    batch have taken `seconds` in all. Use poses of real motion: their cost is that of a performance.
    """
    built = {name: build_engine(name, device) for name in dict.fromkeys((YARDSTICK, *engines))}
    for engine in built.values():
        engine.load(character)
    rows: list[Row] = []
    for view, batch in itertools.product(views, batches):
        requests = [Request(character.id, pose, view) for pose in poses]
        rows += _compared(built, requests, batch, seconds)
    return [row for row in rows if row["engine"] in engines]


def _compared(
    engines: dict[str, Engine], requests: Sequence[Request], batch: int, seconds: float
) -> list[Row]:
    pictures = {name: _pictures(engine, _turn(requests, batch, 0)) for name, engine in engines.items()}
    spent, rounds = dict.fromkeys(engines, 0.0), 0
    while rounds == 0 or sum(spent.values()) < seconds:
        for name, engine in engines.items():
            spent[name] += _timed(engine, _turn(requests, batch, rounds))
        rounds += 1
    view = requests[0].view
    return [
        Row(
            engine=name,
            device=engine.device.type,
            size=view.size,
            width=view.width,
            height=view.height,
            batch=batch,
            fps=rounds * batch / spent[name],
            ratio=spent[YARDSTICK] / spent[name],
            psnr=psnr(pictures[name], pictures[YARDSTICK]),
            rounds=rounds,
        )
        for name, engine in engines.items()
    ]


def psnr(one: torch.Tensor, other: torch.Tensor) -> float:
    """Peak signal-to-noise ratio of two uint8 pictures, in dB; infinite where they are identical."""
    error = (one.float() - other.float()).square().mean().item()
    return 10 * math.log10(255**2 / error) if error else math.inf


def _turn(requests: Sequence[Request], batch: int, number: int) -> list[Request]:
    start = number * batch
    return [requests[place % len(requests)] for place in range(start, start + batch)]


def _pictures(engine: Engine, requests: Sequence[Request]) -> torch.Tensor:
    return to_display(torch.stack(engine.draw(requests)), WHITE)[..., :3].cpu()


def _timed(engine: Engine, requests: Sequence[Request]) -> float:
    """Seconds until a batch is drawn and the device is done with it."""
    start = time.perf_counter()
    engine.draw(requests)
    if engine.device.type != "cpu":
        torch.accelerator.synchronize(engine.device)
    return time.perf_counter() - start
