"""On a GPU, compiled: pictures against the folded engine's, what is waited for, and what memory is taken."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
import torch

from discs import reach_of, stirred
from models.engine import Request
from models.engines import build_engine
from models.fused.display import to_display, to_planes
from models.fused.engine import FEW, FusedEngine
from models.pose import DEFAULT
from models.sample import sample_character
from models.view import View

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="There is no GPU here.")


def test_whole_pictures_of_a_mixed_batch_are_those_of_the_folded_engine() -> None:
    engines = [build_engine(name, "cuda") for name in ("triton", "folded")]
    for engine in engines:
        for seed, name in enumerate("abc"):
            engine.load(sample_character(name, seed))
    poses = np.random.default_rng(3).uniform(0, 1, (8, 45)).astype(np.float32)
    requests = [Request("abc"[number % 3], pose) for number, pose in enumerate(poses)]
    for got, expected in zip(*(engine.draw(requests) for engine in engines), strict=True):
        assert got.device.type == "cuda"
        assert 10 * torch.log10(4 / (got - expected).square().mean()) > 45


@contextmanager
def unwaited() -> Iterator[None]:
    """Whatever waits for all that was launched fails."""
    torch.cuda.set_sync_debug_mode("error")
    try:
        yield
    finally:
        torch.cuda.set_sync_debug_mode("default")


@pytest.mark.parametrize("count", [1, FEW, 2 * FEW])
def test_nothing_waits_for_all_that_was_launched(count: int) -> None:
    engine = FusedEngine(torch.device("cuda"))
    engine.load(stirred(sample_character("a"), reach_of(0.9, 0.95)))

    def draw() -> None:
        frames = torch.stack(engine.draw([Request("a", DEFAULT)] * count))
        to_display(frames)
        to_planes(frames, stacked=True)

    # Kernels are compiled, and launches recorded.
    for _ in range(3):
        draw()
    with unwaited():
        draw()


def test_a_gpus_memory_holds_little_beside_the_characters() -> None:
    torch.cuda.empty_cache()
    before = torch.cuda.memory_reserved()
    engine, sample = FusedEngine(torch.device("cuda")), sample_character("a")
    kept = sum(engine.load(replace(sample, id=str(number))) for number in range(128))
    assert torch.cuda.memory_reserved() - before < 1.1 * kept


def test_what_is_recorded_shares_its_memory() -> None:
    engine = FusedEngine(torch.device("cuda"))
    engine.load(sample_character("a"))
    taken = []
    for number in range(12):
        view = View(512, (number, 0, 400, 400))
        for _ in range(3):
            engine.draw([Request("a", DEFAULT, view)])
        torch.cuda.synchronize()
        torch.cuda.empty_cache()
        taken.append(torch.cuda.memory_reserved())
    # A result each, of 5 MB, and room for two more; what lies between takes 30.
    assert taken[-1] - taken[0] < 12 * 15 * 2**20
