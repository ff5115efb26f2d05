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

_ROUNDS = 2
_SLOW = 1.0


async def warm_up(device: Device, cost: CostModel, character: AnyCharacter) -> None:
    """Draw a loaded character at every size until its engine is warm, and learn what pictures cost.

    A picture that takes a second is measured at once: warmth will not change that much.
    """
    for round_number in range(_ROUNDS):
        for size in SIZES:
            view = View(size)
            begun = time.monotonic()
            await device.draw([Order(Request(character.id, DEFAULT, view), (Packing(),))])
            taken = time.monotonic() - begun
            if round_number == _ROUNDS - 1 or taken > _SLOW:
                cost.measured(view.width * view.height, taken, character.kind)
            if taken > _SLOW:
                return
