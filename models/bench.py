"""Engines side by side: frames a second, fidelity and arithmetic, in one run on one machine."""

from __future__ import annotations

import itertools
import math
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TypedDict

import numpy as np
import torch
from numpy.typing import NDArray

from models.character import Character
from models.compiled import CompiledEngine
from models.cost import folded_flop, literal_flop, skipping_flop
from models.engine import Engine, Request
from models.engines import build_engine, find_device
from models.exported import ExportedEngine
from models.native.engine import NativeEngine
from models.pictures import to_display
from models.view import View

YARDSTICK = "literal"
COMPILED = CompiledEngine.name
EXPORTED = ExportedEngine.name
UNSKIPPED = "--no-skip"
SKIPPING = (NativeEngine.name, "triton")
"""Engines that leave out what a character is known not to show."""
WHITE = (255, 255, 255)

# A crop of head and shoulders, in 512-space.
HEAD = (128, 16, 256, 256)

# Pictures that are compared, spread over all poses that are given.
COMPARED = 20

# The side of the square matrices whose product stands for what the device can do, and how often.
PEAK_SIDE, PEAK_SIDE_OF_GPUS = 1536, 8192
PEAK_TURNS = 5


class Row(TypedDict):
    """One engine at one view and batch, drawing one character or several in turn.

    ms: for each frame, in the middle one of the timed batches; rounds: how many those were. fps: frames a
    second at that pace. ratio: of fps to the literal engine's. psnr, psnr_min: of its 8-bit pictures over
    white against the literal engine's in float32 at the same poses, in dB, mean and least; infinite where
    they are identical. gflop: for each frame; gflops: a second. peak_share: of what a large product of
    matrices reaches in the same run, of float32 on a CPU and of float16 elsewhere. mb: what the loaded
    characters take; load_ms: to load one of them.
    """

    engine: str
    device: str
    characters: int
    size: int
    width: int
    height: int
    batch: int
    fps: float
    ms: float
    ratio: float
    psnr: float
    psnr_min: float
    gflop: float
    gflops: float
    peak_share: float
    mb: float
    load_ms: float
    rounds: int


@dataclass(frozen=True, eq=False)
class _Contender:
    """An engine with the characters loaded, and the operations that it does for a frame."""

    engine: Engine
    flop: Callable[[Request], int]
    nbytes: int
    loading: float


@dataclass(frozen=True, eq=False)
class _Turn:
    """What all engines drew, and against what their times are put."""

    characters: int
    requests: Sequence[Request]
    batch: int
    peak: float
    yardstick: float


def bench_engines(
    characters: Sequence[Character],
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
    batch have taken `seconds` in all: the first character alone, and where there are more, all in turn.
    Use poses of real motion: their cost is that of a performance. `engines` may hold `compiled` and `onnx`;
    the name of one that skips may be followed by ` --no-skip`, which draws everything.
    """
    contenders = {name: _contender(name, characters, device) for name in dict.fromkeys((YARDSTICK, *engines))}
    peak = peak_flops(find_device(device))
    rows: list[Row] = []
    for count, view in itertools.product(dict.fromkeys((1, len(characters))), views):
        cast = [characters[number % count].id for number in range(len(poses))]
        requests = [Request(character, pose, view) for character, pose in zip(cast, poses, strict=True)]
        fidelity = _fidelity(contenders, _spread(requests))
        for batch in batches:
            times = _times(contenders, requests, batch, seconds)
            turn = _Turn(count, requests, batch, peak, statistics.median(times[YARDSTICK]))
            rows += [_row(name, one, turn, times[name], fidelity[name]) for name, one in contenders.items()]
    return [row for row in rows if row["engine"] in engines]


def repeated(characters: Sequence[Character], count: int) -> list[Character]:
    """So many characters: those that there are, and then the same again under names of their own.

    To an engine they are as different as any others: each has its own weights and picture.
    """
    rounds, number = divmod(max(count - len(characters), 0), len(characters))
    again = [*characters] * rounds + [*characters[:number]]
    return [*characters, *(replace(one, id=f"{one.id} {place}") for place, one in enumerate(again, 2))]


def psnr(one: torch.Tensor, other: torch.Tensor) -> float:
    """Peak signal-to-noise ratio of two uint8 pictures, in dB; infinite where they are identical."""
    error = (one.float() - other.float()).square().mean().item()
    return 10 * math.log10(255**2 / error) if error else math.inf


def peak_flops(device: torch.device) -> float:
    """Operations a second of a large product of matrices: the best of a few turns.

    Of float32 on a CPU. A GPU's matrix units take float16, in which the quickest engine there multiplies.
    """
    side, kind = (PEAK_SIDE, torch.float) if device.type == "cpu" else (PEAK_SIDE_OF_GPUS, torch.half)
    one, other = torch.rand(2, side, side, device=device, dtype=kind)
    times = [_seconds(partial(torch.mm, one, other), device) for _ in range(PEAK_TURNS)]
    return 2 * side**3 / min(times)


def _contender(name: str, characters: Sequence[Character], device: str) -> _Contender:
    kind, _, option = name.partition(" ")
    skip = option != UNSKIPPED
    engine = _engine(kind, device, skip)
    # Twice, as the first one pays for what an engine does once.
    engine.load(characters[0])
    begun = time.perf_counter()
    nbytes = [engine.load(character) for character in characters]
    loading = (time.perf_counter() - begun) / len(characters)
    return _Contender(engine, _flop(kind, characters, skip), sum(nbytes), loading)


def _engine(kind: str, device: str, skip: bool) -> Engine:
    if kind == EXPORTED:
        return ExportedEngine()
    return CompiledEngine(find_device(device)) if kind == COMPILED else build_engine(kind, device, skip=skip)


def _flop(kind: str, characters: Sequence[Character], skip: bool) -> Callable[[Request], int]:
    """The operations that an engine does for a frame."""
    if kind in (YARDSTICK, COMPILED, EXPORTED):
        return lambda request: literal_flop(request.view)
    if kind.partition(":")[0] not in SKIPPING or not skip:
        return lambda request: folded_flop(request.view)
    reaches = {character.id: character.reach for character in characters}
    return lambda request: skipping_flop(request, reaches[request.character])


def _fidelity(
    contenders: dict[str, _Contender], requests: Sequence[Request]
) -> dict[str, tuple[float, float]]:
    """Mean and least PSNR of each engine's pictures."""
    found: dict[str, list[float]] = {name: [] for name in contenders}
    for request in requests:
        pictures = {name: _picture(one.engine, request) for name, one in contenders.items()}
        expected = pictures[YARDSTICK]
        if (yardstick := contenders[YARDSTICK].engine).device.type != "cpu":
            with _exact():
                expected = _picture(yardstick, request)
        for name, picture in pictures.items():
            found[name].append(psnr(picture, expected))
    return {name: (statistics.fmean(values), min(values)) for name, values in found.items()}


def _times(
    contenders: dict[str, _Contender], requests: Sequence[Request], batch: int, seconds: float
) -> dict[str, list[float]]:
    """Seconds of each of the batches that each engine drew."""
    spent: dict[str, list[float]] = {name: [] for name in contenders}
    start = 0
    while start == 0 or sum(map(sum, spent.values())) < seconds:
        drawn = [requests[place % len(requests)] for place in range(start, start + batch)]
        for name, one in contenders.items():
            spent[name].append(_seconds(partial(one.engine.draw, drawn), one.engine.device))
        start += batch
    return spent


def _row(
    name: str, one: _Contender, turn: _Turn, times: Sequence[float], fidelity: tuple[float, float]
) -> Row:
    view, seconds = turn.requests[0].view, statistics.median(times)
    flop = statistics.fmean(one.flop(request) for request in _spread(turn.requests))
    flops = flop * turn.batch / seconds
    return Row(
        engine=name,
        device=one.engine.device.type,
        characters=turn.characters,
        size=view.size,
        width=view.width,
        height=view.height,
        batch=turn.batch,
        fps=turn.batch / seconds,
        ms=1e3 * seconds / turn.batch,
        ratio=turn.yardstick / seconds,
        psnr=fidelity[0],
        psnr_min=fidelity[1],
        gflop=flop / 1e9,
        gflops=flops / 1e9,
        peak_share=flops / turn.peak,
        mb=one.nbytes / 2**20,
        load_ms=1e3 * one.loading,
        rounds=len(times),
    )


def _spread(requests: Sequence[Request]) -> Sequence[Request]:
    """So many of the requests as are compared, from first to last."""
    places = np.linspace(0, len(requests) - 1, min(COMPARED, len(requests)))
    return [requests[int(place)] for place in places]


@contextmanager
def _exact() -> Iterator[None]:
    """A GPU's convolutions are of float32, for which else it takes something coarser."""
    convolutions = torch.backends.cudnn.conv  # type: ignore[attr-defined]
    usual = convolutions.fp32_precision
    convolutions.fp32_precision = "ieee"
    try:
        yield
    finally:
        convolutions.fp32_precision = usual


def _picture(engine: Engine, request: Request) -> torch.Tensor:
    return to_display(torch.stack(engine.draw([request])), WHITE)[..., :3].cpu()


def _seconds(work: Callable[[], object], device: torch.device) -> float:
    """Seconds until work is done, and the device is done with it."""
    start = time.perf_counter()
    work()
    if device.type != "cpu":
        torch.accelerator.synchronize(device)
    return time.perf_counter() - start
