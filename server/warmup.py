"""The first pictures of a kind of character: drawn before anybody waits, so that their cost is known."""

from __future__ import annotations

import math
import time

from models.engine import Request
from models.folders import AnyCharacter
from models.pose import DEFAULT
from models.view import SIZES, View
from server.device import Device, Order
from server.load import CostModel
from server.packing import Packing

_ROUNDS = 3
_SLOW = 1.0

_PLAIN = (Packing(),)

# Of the first picture: the kernels of each are compiled then, and not before the first client who wants it.
_EVERY = tuple(
    Packing(layout, background)
    for layout in ("rgba", "planes", "stacked")
    for background in (None, (255, 255, 255))
    if background or layout != "planes"
)


async def warm_up(device: Device, cost: CostModel, character: AnyCharacter) -> None:
    """Draw a loaded character at every size until its engine is warm, and learn what pictures cost.

    The first picture of a size warms, however long it takes: a device and its kernels may have to be set up.
    The quickest of the others counts. A second one that takes a second is believed at once, and smaller
    pictures are not tried: warmth will not change that much.
    """
    for size in SIZES:
        view = View(size)
        await _seconds(device, Order(Request(character.id, DEFAULT, view), _EVERY))
        order, quickest = Order(Request(character.id, DEFAULT, view), _PLAIN), math.inf
        for _ in range(_ROUNDS):
            quickest = min(quickest, await _seconds(device, order))
            if quickest > _SLOW:
                break
        cost.measured(view.width * view.height, quickest, character.kind)
        if quickest > _SLOW:
            return


async def _seconds(device: Device, order: Order) -> float:
    begun = time.monotonic()
    drawing = await device.draw([order])
    await drawing.batch()
    return time.monotonic() - begun
