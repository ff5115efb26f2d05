"""What a batch costs, and whether one more session can be held. Pure: measured times are passed in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from models.character import STUDENT
from models.teachers.character import TEACHER
from models.view import View
from server.protocol import CloseCode, ProtocolError

_MEMORY = 0.95
_RETRY_AFTER = 5.0


class Booking(NamedTuple):
    """A picture that is drawn at a frame rate, of a character of some kind."""

    view: View
    fps: float
    kind: str = STUDENT


class CostModel:
    """Seconds that a batch takes, by the kind of its characters, fitted to the batches measured."""

    def __init__(self) -> None:
        self._fits: defaultdict[str, _Fit] = defaultdict(_Fit)

    def knows(self, kind: str) -> bool:
        """Whether a batch of that kind was measured."""
        return kind in self._fits

    def measured(self, pixels: int, seconds: float, kind: str = STUDENT) -> None:
        """Learn from one batch."""
        self._fits[kind].measured(pixels, seconds)

    def seconds(self, pixels: int, kind: str = STUDENT) -> float:
        """Predicted time of a batch of so many pixels; 0 before anything was measured."""
        return self._fits[kind].seconds(pixels) if kind in self._fits else 0.0

    def share(self, pictures: Iterable[Booking]) -> float:
        """Share of the device's time that pictures take when those of a kind are batched together."""
        kinds: defaultdict[str, list[Booking]] = defaultdict(list)
        for picture in pictures:
            kinds[picture.kind].append(picture)
        return sum(self._fits[kind].share(those) for kind, those in kinds.items() if kind in self._fits)


class _Fit:
    """`fixed + slope * pixels`. Old batches fade (each counts 0.95 of the one after it), so that it follows
    the machine.
    """

    def __init__(self) -> None:
        self._weight = self._x = self._y = self._xx = self._xy = 0.0

    def measured(self, pixels: int, seconds: float) -> None:
        x = pixels / 512**2
        self._weight = _MEMORY * self._weight + 1
        self._x = _MEMORY * self._x + x
        self._y = _MEMORY * self._y + seconds
        self._xx = _MEMORY * self._xx + x * x
        self._xy = _MEMORY * self._xy + x * seconds

    def seconds(self, pixels: int) -> float:
        fixed, slope = self._line()
        return fixed + slope * pixels / 512**2

    def share(self, pictures: Iterable[Booking]) -> float:
        fixed, slope = self._line()
        pixels = fastest = 0.0
        for view, fps, _ in pictures:
            pixels += fps * view.width * view.height
            fastest = max(fastest, fps)
        return fixed * fastest + slope * pixels / 512**2

    def _line(self) -> tuple[float, float]:
        spread = self._xx * self._weight - self._x**2
        slope = (self._xy * self._weight - self._x * self._y) / spread if spread > 1e-9 else 0.0
        fixed = (self._y - slope * self._x) / self._weight
        if slope <= 0 or fixed < 0:
            # One size only, or noise: blame the pixels for everything.
            return 0.0, self._xy / self._xx
        return fixed, slope


def check_room(cost: CostModel, held: Iterable[Booking], newcomer: Booking, limit: float) -> None:
    """Whether a picture at a frame rate can be drawn beside those held.

    The first one always can: alone it gets whatever the device gives. But a full system, many times as costly
    as a student, is refused then too. Raises ProtocolError `full` (4013) where the share of the device's time
    would pass `limit`; a limit of 0 refuses nobody.
    """
    held = list(held)
    if not limit or cost.share([*held, newcomer]) <= limit:
        return
    if newcomer.kind == TEACHER and cost.share([newcomer]) > limit:
        message = (
            "This character is posed by a full system, which cannot draw it live here at this frame rate: "
            "ask for fewer frames a second, or make a student of it."
        )
    elif held:
        message = "The server cannot hold one more stream at this frame rate; try again later."
    else:
        return
    raise ProtocolError("full", message, close=CloseCode.FULL, retry_after=_RETRY_AFTER)
