import asyncio
import threading
import time
from collections.abc import Sequence

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from house import HEAD_X, FlatEngine
from models.cast import Cast
from models.engine import Request
from models.pose import DEFAULT
from models.sample import sample_character
from models.view import View
from server.copies import HostCopies, Wait
from server.device import Device, Order, draw_orders
from server.packing import Packing

PLAIN, STACKED = Packing(), Packing("stacked")


def order(head_x: float, view: View, *packings: Packing) -> Order:
    pose = DEFAULT.copy()
    pose[HEAD_X] = head_x
    return Order(Request("ada", pose, view), packings or (PLAIN,))


def test_a_mixed_batch_comes_back_in_order_each_in_its_packings(engine: FlatEngine) -> None:
    cast = Cast(engine)
    cast.load(sample_character("ada"))
    small, wide = View(128), View(256, (0, 0, 512, 128))
    orders = [order(-1.0, small), order(1.0, wide, PLAIN, STACKED), order(1.0, small), order(-1.0, small)]
    drawn = draw_orders(cast, orders, HostCopies())()
    assert [one[PLAIN].shape for one in drawn] == [(128, 128, 4), (64, 256, 4), (128, 128, 4), (128, 128, 4)]
    assert [int(one[PLAIN][0, 0, 0]) for one in drawn] == [0, 255, 255, 0]
    assert set(drawn[1]) == {PLAIN, STACKED}
    assert drawn[1][STACKED].shape == (192, 256)
    assert all(one[PLAIN].dtype == np.uint8 for one in drawn)


async def test_everything_happens_on_one_thread_that_is_not_the_event_loops(engine: FlatEngine) -> None:
    device = Device(Cast(engine))
    assert await device.load(sample_character("ada")) == 1000
    await device.draw([order(0.0, View(128))])
    assert engine.threads == {"device_0"}
    await device.unload("ada")
    with pytest.raises(KeyError):
        await device.draw([order(0.0, View(128))])
    device.close()


class Gone(FlatEngine):
    """On a device that computes nothing."""

    device = torch.device("meta")


async def test_a_device_that_computes_no_more_is_lost(engine: FlatEngine) -> None:
    for one, lost in ((engine, False), (Gone(), True)):
        device = Device(Cast(one), HostCopies())
        assert await device.lost() is lost
        device.close()


async def test_a_batch_tells_when_it_was_drawn_and_since_when_the_device_was_free(engine: FlatEngine) -> None:
    device = Device(Cast(engine))
    await device.load(sample_character("ada"))
    before = time.monotonic()
    engine.gate.clear()
    threading.Timer(0.1, engine.gate.set).start()
    drawings = await asyncio.gather(*(device.draw([order(0.0, View(128))]) for _ in range(2)))
    first, second = [await drawing.batch() for drawing in drawings]
    assert first.free < before <= first.began
    assert first.ended - first.began > 0.05
    assert first.ended <= second.free <= second.began <= second.ended <= time.monotonic()
    device.close()


class LongWay:
    """Pictures come when they are let."""

    aside = True

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.threads: set[str] = set()

    def begin(self, pictures: Sequence[torch.Tensor]) -> Wait:
        def wait() -> list[NDArray[np.uint8]]:
            self.threads.add(threading.current_thread().name)
            assert self.gate.wait(5)
            return [picture.numpy() for picture in pictures]

        return wait


async def test_the_next_batch_is_drawn_while_the_last_one_is_on_its_way(engine: FlatEngine) -> None:
    way = LongWay()
    device = Device(Cast(engine), way)
    await device.load(sample_character("ada"))
    first = asyncio.ensure_future((await device.draw([order(-1.0, View(128))])).batch())
    second = await device.draw([order(1.0, View(128))])
    await asyncio.sleep(0.05)
    assert not first.done()
    way.gate.set()
    batches = await first, await second.batch()
    assert [int(batch.pictures[0][PLAIN][0, 0, 0]) for batch in batches] == [0, 255]
    assert batches[0].ended > batches[1].began
    assert (way.threads, engine.threads) == ({"copies_0"}, {"device_0"})
    device.close()


def test_memory_in_use_is_known(engine: FlatEngine) -> None:
    assert Device(Cast(engine)).memory_bytes() > 10 << 20
