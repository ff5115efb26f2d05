"""On a GPU: whole pictures of many frames, compiled, against the folded engine on the same device."""

import numpy as np
import pytest
import torch

from models.engine import Request
from models.engines import build_engine
from models.sample import sample_character

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
