import math
import time
from collections.abc import Sequence

import pytest
import torch

from house import FlatEngine
from models.cast import Cast
from models.engine import Request
from models.sample import sample_character
from models.view import SIZES
from server import warmup
from server.device import Device
from server.load import CostModel
from server.warmup import warm_up


async def warmed(engine: FlatEngine) -> CostModel:
    device, cost, character = Device(Cast(engine)), CostModel(), sample_character("ada")
    await device.load(character)
    await warm_up(device, cost, character)
    return cost


async def test_every_size_is_drawn_and_the_first_picture_of_it_does_not_count(
    engine: FlatEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warmup, "_SLOW", math.inf)
    draw, seen = engine.draw, set[int]()

    def cold(requests: Sequence[Request]) -> list[torch.Tensor]:
        if (size := requests[0].view.size) not in seen:
            seen.add(size)
            time.sleep(0.5)
        return draw(requests)

    monkeypatch.setattr(engine, "draw", cold)
    cost = await warmed(engine)
    assert seen == set(SIZES)
    assert cost.knows("student") and 0 < cost.seconds(512**2) < 0.4


async def test_a_slow_picture_is_measured_at_once(
    engine: FlatEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warmup, "_SLOW", 0.0)
    cost = await warmed(engine)
    assert len(engine.batches) == 1
    assert cost.seconds(512**2) > 0
