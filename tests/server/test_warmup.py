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
from server.codecs import CODECS
from server.device import Device
from server.load import CostModel
from server.packing import Packing, pack
from server.warmup import warm_up

WHITE = (255, 255, 255)


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


async def test_what_any_codec_may_be_given_is_packed_once_before_anybody_waits(
    engine: FlatEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed: list[Packing] = []

    def noted(frames: torch.Tensor, packing: Packing, *, fused: bool) -> torch.Tensor:
        packed.append(packing)
        return pack(frames, packing, fused=fused)

    monkeypatch.setattr("server.device.pack", noted)
    monkeypatch.setattr(warmup, "_SLOW", math.inf)
    await warmed(engine)
    wanted = {Packing(codec.layout, WHITE) for codec in CODECS.values()}
    wanted |= {Packing(codec.layout) for codec in CODECS.values() if codec.alpha}
    assert set(packed) == wanted
    assert [packed.count(packing) for packing in wanted - {Packing()}] == [len(SIZES)] * (len(wanted) - 1)


async def test_a_slow_picture_is_believed_once_it_has_warmed(
    engine: FlatEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warmup, "_SLOW", 0.0)
    cost = await warmed(engine)
    assert len(engine.batches) == 2
    assert cost.seconds(512**2) > 0


async def test_a_device_that_is_set_up_for_long_is_not_a_slow_one(
    engine: FlatEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = engine.draw

    def cold(requests: Sequence[Request]) -> list[torch.Tensor]:
        if not engine.batches:
            time.sleep(1.5)
        return draw(requests)

    monkeypatch.setattr(engine, "draw", cold)
    cost = await warmed(engine)
    assert cost.seconds(512**2) < 0.5
    assert {requests[0].view.size for requests in engine.batches} == set(SIZES)
