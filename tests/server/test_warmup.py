import math

import pytest

from house import FlatEngine
from models.cast import Cast
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


async def test_every_size_is_drawn_and_the_second_round_is_what_counts(
    engine: FlatEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warmup, "_SLOW", math.inf)
    cost = await warmed(engine)
    assert [batch[0].view.size for batch in engine.batches] == [*SIZES, *SIZES]
    assert cost.knows("student") and cost.seconds(512**2) > 0


async def test_a_slow_picture_is_measured_at_once(
    engine: FlatEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warmup, "_SLOW", 0.0)
    cost = await warmed(engine)
    assert len(engine.batches) == 1
    assert cost.seconds(512**2) > 0
