"""What a batch costs, and whether one more session can be held. Pure: measured times are passed in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from models.character import STUDENT
from models.teachers.character import TEACHER
from models.view import View
from server.protocol import CloseCode, ProtocolError

_PACE_LEARNT, _LINE_LEARNT = 0.05, 0.002
"""How much of what a batch says is believed at once: machines are slow for a while, and seldom other ones."""
_LEAST = 1e-9
_SIZES_KEPT = 64
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
    """`pace * (fixed + slope * pixels)`. The line is the device's own, and is learnt for good from batches of
    all sizes; the pace is the present one, which other work on the machine changes. So what a larger picture
    would cost now is known though none was drawn of late.
    """

    def __init__(self) -> None:
        self._points: dict[int, float] = {}
        """Seconds of a batch by its pixels, at a pace of 1; the newest last."""
        self._pace = 1.0
        self._fixed = self._slope = 0.0

    def measured(self, pixels: int, seconds: float) -> None:
        usual = self._points.pop(pixels, 0.0)
        if usual:
            self._pace *= (max(seconds, _LEAST) / (self._pace * usual)) ** _PACE_LEARNT
        now = max(seconds, _LEAST) / self._pace
        self._points[pixels] = usual + (now - usual) * _LINE_LEARNT if usual else now
        if len(self._points) > _SIZES_KEPT:
            del self._points[next(iter(self._points))]
        self._fixed, self._slope = _line(self._points)

    def seconds(self, pixels: int) -> float:
        return self._pace * (self._fixed + self._slope * pixels)

    def share(self, pictures: Iterable[Booking]) -> float:
        pixels = fastest = 0.0
        for view, fps, _ in pictures:
            pixels += fps * view.width * view.height
            fastest = max(fastest, fps)
        return self._pace * (self._fixed * fastest + self._slope * pixels)


def _line(points: Mapping[int, float]) -> tuple[float, float]:
    """(fixed, slope), neither below 0, that are the least off in parts of each point's size."""
    weight = x = y = xx = xy = 0.0
    for pixels, seconds in points.items():
        part = 1 / (pixels * pixels)
        weight += part
        x += part * pixels
        y += part * seconds
        xx += part * pixels * pixels
        xy += part * pixels * seconds
    spread = xx * weight - x * x
    slope = (xy * weight - x * y) / spread if spread > 1e-9 * xx * weight else 0.0
    fixed = (y - slope * x) / weight
    if slope <= 0 or fixed < 0:
        # One size only, or noise: blame the pixels for everything.
        return 0.0, xy / xx
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
