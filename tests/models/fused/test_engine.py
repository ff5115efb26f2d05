"""The Triton engine draws what the literal one does, in any mixture, as near as float16 products allow."""

import numpy as np
import pytest
import torch

from models.engine import Request, View
from models.fused.engine import FusedEngine
from models.literal import LiteralEngine
from models.pose import DEFAULT
from models.sample import sample_character

SAMPLES = [sample_character(name, seed) for seed, name in enumerate("ab")]
POSES = np.random.default_rng(0).uniform(0, 1, (4, 45)).astype(np.float32)
CROP = View(512, (240, 190, 32, 32))
EDGE = View(256, (0, 460, 52, 52))


@pytest.fixture(scope="module")
def engine(device: torch.device) -> FusedEngine:
    engine = FusedEngine(device)
    for sample in SAMPLES:
        engine.load(sample)
    return engine


@pytest.fixture(scope="module")
def literal() -> LiteralEngine:
    engine = LiteralEngine(torch.device("cpu"))
    for sample in SAMPLES:
        engine.load(sample)
    return engine


def decibels(got: torch.Tensor, expected: torch.Tensor) -> float:
    """PSNR over all four channels, of which the range is two."""
    return float(10 * torch.log10(4 / (got.cpu() - expected).square().mean()))


def test_a_mixed_batch_is_that_of_the_literal_engine_and_in_order(
    engine: FusedEngine, literal: LiteralEngine
) -> None:
    requests = [
        Request("b", POSES[0], CROP),
        Request("a", POSES[1], EDGE),
        Request("a", POSES[2], CROP),
        Request("b", DEFAULT, EDGE),
        Request("a", POSES[0], CROP),
    ]
    drawn, wanted = engine.draw(requests), literal.draw(requests)
    for got, expected, request in zip(drawn, wanted, requests, strict=True):
        assert got.shape == (4, request.view.height, request.view.width)
        assert decibels(got, expected) > 45
    assert decibels(drawn[0], wanted[4]) < 30, "Two characters must not look alike."


def test_a_whole_picture_is_that_of_the_literal_engine(engine: FusedEngine, literal: LiteralEngine) -> None:
    request = Request("a", POSES[3], View(128))
    assert decibels(engine.draw([request])[0], literal.draw([request])[0]) > 45


def test_an_unloaded_character_is_gone(engine: FusedEngine) -> None:
    assert engine.load(sample_character("short")) > 2**20
    engine.unload("short")
    engine.unload("never")
    with pytest.raises(KeyError):
        engine.draw([Request("short", DEFAULT, CROP)])


def test_nothing_asked_is_nothing_drawn(engine: FusedEngine) -> None:
    assert engine.draw([]) == []
