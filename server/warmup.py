"""The first pictures of a kind of character: drawn before anybody waits, so that their cost is known."""

from __future__ import annotations

import time

from models.engine import Request
from models.folders import AnyCharacter
from models.pose import DEFAULT
from models.view import SIZES, View
from server.device import Device, Order
from server.load import CostModel
from server.packing import Packing

_ROUNDS = 4
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

    The first picture warms, and the quickest of the others counts. One that takes a second is believed at
    once: warmth will not change that much.
    """
    for size in SIZES:
        view, times = View(size), list[float]()
        while len(times) < _ROUNDS and max(times, default=0.0) <= _SLOW:
            begun = time.monotonic()
            packings = _PLAIN if times else _EVERY
            drawing = await device.draw([Order(Request(character.id, DEFAULT, view), packings)])
            await drawing.batch()
            times.append(time.monotonic() - begun)
        cost.measured(view.width * view.height, min(times[1:], default=times[0]), character.kind)
        if max(times) > _SLOW:
            return
