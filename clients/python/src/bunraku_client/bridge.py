"""Between a tracker and a session: the newest face wins, and so many a second are sent."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from bunraku_client.calibration import Neutral
from bunraku_client.frame import now_ms
from bunraku_client.mocap.tracked import Head, Tracked
from bunraku_client.session import Session

AXES = ("pitch", "yaw", "roll")
_WARN_MS = 5000.0
_RATE_MS = 1000.0


@dataclass
class Counts:
    """Faces that came, were sent, and packets that were dropped."""

    taken: int = 0
    sent: int = 0
    refused: int = 0


class Bridge:
    """Takes faces as they come and sends the newest, at most `fps` a second.

    `warn` is told of dropped packets at most once in five seconds. `flip` names angles of the head whose sign
    a tracker has otherwise.
    """

    def __init__(
        self,
        warn: Callable[[str], None],
        *,
        fps: float = 60.0,
        neutral: Neutral | None = None,
        flip: frozenset[str] = frozenset(),
        clock_ms: Callable[[], float] = now_ms,
    ) -> None:
        self.counts = Counts()
        self.last: Tracked | None = None
        self.neutral = neutral or Neutral()
        self._warn, self._fps, self._clock_ms = warn, fps, clock_ms
        self._signs = tuple(-1.0 if axis in flip else 1.0 for axis in AXES)
        self._newest: Tracked | None = None
        self._news = asyncio.Event()
        self._times: deque[float] = deque(maxlen=1000)
        self._warned_ms = -_WARN_MS
        self._untold = 0

    @property
    def rate(self) -> float:
        """Faces that came within the last second."""
        oldest = self._clock_ms() - _RATE_MS
        return float(sum(time > oldest for time in self._times))

    def offer(self, look: Tracked) -> None:
        """A tracker's newest look; one without a face leaves the character as it is."""
        self._came()
        if look.face:
            self.last = replace(look, head=look.head and self._flipped(look.head))
            self._newest = self.last
            self._news.set()

    def passed(self) -> None:
        """Count a face that went to the session as it came: a recorded pose."""
        self._came()
        self.counts.sent += 1

    def refuse(self, reason: str) -> None:
        """Count a packet that was dropped, and warn of it now and then."""
        self.counts.refused += 1
        self._untold += 1
        if self._clock_ms() - self._warned_ms >= _WARN_MS:
            self._warn(f"{self._untold} packets dropped: {reason}")
            self._warned_ms, self._untold = self._clock_ms(), 0

    async def calibrate(self, seconds: float = 0.5) -> Neutral:
        """Take the mean of the looks of so long, from the first that comes, as neutral."""
        looks, until = [await self.take()], self._clock_ms() + seconds * 1000
        while (left := until - self._clock_ms()) > 0:
            try:
                looks.append(await asyncio.wait_for(self.take(), left / 1000))
            except TimeoutError:
                break
        self.neutral = Neutral.mean(looks)
        return self.neutral

    async def take(self) -> Tracked:
        """The newest look that was not taken yet, as the tracker said it."""
        while self._newest is None:
            self._news.clear()
            await self._news.wait()
        look, self._newest = self._newest, None
        return look

    async def send(self, session: Session) -> None:
        """Send what comes until cancelled; raises the `BunrakuError` that ended the session."""
        while True:
            look = self.neutral.applied(await self.take())
            await session.blendshapes(look.blendshapes, look.head)
            self.counts.sent += 1
            await asyncio.sleep(1 / self._fps)

    def _came(self) -> None:
        self.counts.taken += 1
        self._times.append(self._clock_ms())

    def _flipped(self, head: Head) -> Head:
        pitch, yaw, roll = (sign * angle for sign, angle in zip(self._signs, head, strict=True))
        return pitch, yaw, roll
