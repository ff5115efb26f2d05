"""What waits to be sent to one client: bounded, and the newest frame wins. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from server.protocol import CloseCode, ProtocolError
from server.wire import Encoding

STALE_SECONDS = 0.25
"""Frames that cannot stand alone wait no longer: a client that lags is brought back to the present."""
MAX_NOTES = 256
"""So many small messages may wait; a client that lets more pile up reads nothing."""


@dataclass(frozen=True)
class Stamps:
    """When one frame passed each stage; seconds of one monotonic clock.

    `wanted` is when its newest input came, or when it fell due where it shows no new input. `busy` are the
    seconds between `wanted` and `begun` in which the device did something else; `handed`, those between
    `begun` and `encoded` in which it was neither drawn nor encoded, but on its way from thread to thread.
    """

    wanted: float
    begun: float
    drawn: float
    encoded: float
    busy: float = 0.0
    handed: float = 0.0

    @cached_property
    def stages(self) -> dict[str, float]:
        """`stages` of a frame message: milliseconds. Kept, as a frame may go to a thousand."""
        return {
            "queue": 1e3 * (self.begun - self.wanted),
            "render": 1e3 * (self.drawn - self.begun),
            "encode": 1e3 * (self.encoded - self.drawn),
        }


@dataclass(frozen=True)
class Frame:
    """One encoded picture, shared by all the clients to whom it goes.

    `input` holds `seq` and `time` of the newest input that it shows, where there is one.
    `fresh` is true where this is the first frame that shows it.
    """

    data: bytes
    key: bool
    codec: str
    stamps: Stamps
    input: Mapping[str, Any] = field(default_factory=dict)
    fresh: bool = False
    _messages: dict[Encoding, Callable[[int], bytes]] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )

    def message(self, encoding: Encoding, number: int) -> bytes:
        """What a client is sent, encoded once for all of them but for each one's own number."""
        if (numbered := self._messages.get(encoding)) is None:
            seen = {**self.input, "stages": self.stamps.stages}
            fields = {"type": "frame", "key": self.key, **seen, "data": self.data}
            numbered = self._messages[encoding] = encoding.shared(fields)
        return numbered(number)


@dataclass(frozen=True)
class Numbered:
    """A frame under the number that it has for one client, and when it was offered."""

    number: int
    frame: Frame
    offered: float


class Outbox:
    """The queue of one client. Small messages are never dropped and go first; frames may be.

    A keyframe makes all older frames that still wait superfluous; where frames that cannot stand alone
    exceed `limit` bytes or wait too long, they are dropped and nothing follows until the next keyframe.
    What comes before a client's first keyframe was never meant for it.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._notes: deque[Mapping[str, Any]] = deque()
        self._frames: deque[Numbered] = deque()
        self._bytes = 0
        self._number = 0
        self.starved = True
        """Only a keyframe will do."""

    def __bool__(self) -> bool:
        return bool(self._notes or self._frames)

    @property
    def waiting_bytes(self) -> int:
        """Bytes of the frames that wait."""
        return self._bytes

    @property
    def oldest(self) -> float | None:
        """When the frame that waits longest was offered; None where none waits."""
        return self._frames[0].offered if self._frames else None

    def note(self, message: Mapping[str, Any]) -> None:
        """Queue a small message. Raises ProtocolError, fatal, where too many wait unread."""
        if len(self._notes) >= MAX_NOTES:
            raise ProtocolError("not_reading", "Messages are not being read.", close=CloseCode.SILENT)
        self._notes.append(message)

    def offer(self, frame: Frame, now: float) -> int:
        """Queue a frame; how many frames were dropped for it, itself counted in where it is one of them."""
        if not self._number and not frame.key:
            return 0
        self._number += 1
        dropped = 0
        if frame.key or self._bytes + len(frame.data) > self._limit or self._stale(now):
            dropped = self.clear()
            self.starved = not frame.key
        if self.starved:
            return dropped + 1
        self._frames.append(Numbered(self._number, frame, now))
        self._bytes += len(frame.data)
        return dropped

    def _stale(self, now: float) -> bool:
        return bool(self._frames) and now - self._frames[0].offered > STALE_SECONDS

    def clear(self) -> int:
        """Forget the frames that wait; how many they were. The next frame must be a keyframe."""
        dropped = len(self._frames)
        self._frames.clear()
        self._bytes = 0
        self.starved = True
        return dropped

    def take(self, *, frames: bool = True) -> Mapping[str, Any] | Numbered | None:
        """The next thing to send, None where nothing waits; without `frames`, a small message only."""
        if self._notes:
            return self._notes.popleft()
        if not frames or not self._frames:
            return None
        numbered = self._frames.popleft()
        self._bytes -= len(numbered.frame.data)
        return numbered
