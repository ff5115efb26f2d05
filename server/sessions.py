"""Sessions, their performers and watchers, and the streams that they ask for. Pure: time is passed in."""

from __future__ import annotations

import math
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.character import STUDENT
from models.idle import idle_pose
from models.mixer import Fade, Layer
from models.pose import DEFAULT
from server.fitting import Fitting
from server.lines import Line, Receiver
from server.outbox import Frame
from server.pacing import Beat
from server.streams import StreamKey
from server.tracking_face import Face

IDLE_AFTER = 2.0
"""Seconds without a pose after which idle motion begins."""
TAKE_IN_SECONDS = 10.0
"""Seconds after which those beside a stream's main line are taken into it, by one keyframe for everybody."""
CATCH_UP_SECONDS = 0.25
"""Seconds after which who was shown an older picture at first is shown the present one, if none follows."""


@dataclass(frozen=True)
class Input:
    """The newest thing that a performer sent. `arrived` is in seconds of the server's clock."""

    seq: int
    time: float | None
    arrived: float

    def echo(self) -> dict[str, Any]:
        """What a frame that shows it says of it."""
        return {"seq": self.seq} if self.time is None else {"seq": self.seq, "time": self.time}


class Part(NamedTuple):
    """One line's part in a picture, and whether it is to be a keyframe."""

    line: Line
    key: bool


@dataclass(frozen=True)
class Draft:
    """A picture that is begun, and the lines that show it. `wanted` as in `Stamps`, others as in `Frame`."""

    parts: tuple[Part, ...]
    wanted: float
    input: Mapping[str, Any]
    fresh: bool


@dataclass(eq=False)
class Stream:
    """One encoding of one session, and who receives it.

    Who joins while others go on, and who lost a frame, is put on a line beside theirs, which begins with a
    keyframe. From time to time a keyframe of the main line takes in all who are beside it. So there are two
    encoders at most, and nobody on the main line pays for the others more often than that.
    """

    session: Session
    key: StreamKey
    beat: Beat
    main: Line = field(default_factory=Line)
    side: Line | None = None
    in_flight: int = 0
    """Pictures begun and not yet encoded."""
    _take_in: float = math.inf
    _catch_up: float = math.inf
    _version: int = -1
    _input: Input | None = None
    _fading: bool = False

    @property
    def lines(self) -> tuple[Line, ...]:
        """The main line, and the one beside it where there is one."""
        return (self.main,) if self.side is None else (self.main, self.side)

    @property
    def audience(self) -> int:
        """How many there are on both lines."""
        return sum(len(line.receivers) for line in self.lines)

    @property
    def fits(self) -> bool:
        """Whether a smaller picture would do for all of them."""
        return all(receiver.video.fit for line in self.lines for receiver in line.receivers)

    @property
    def opens(self) -> float:
        """From when on the next picture may be begun."""
        return self.beat.opens(fresh=self._fresh)

    def wants(self, now: float) -> bool:
        """Whether there is anything new to draw."""
        return now >= self._needed_at() or self._version != self.session.version or self._moves(now)

    def wanted_at(self, now: float) -> float | None:
        """When it will be drawn if no pose comes before; None for never."""
        if self.wants(now):
            return self.opens
        idle = self.session.idles_at()
        wanted = min(self._needed_at(), math.inf if idle is None else idle)
        return None if wanted == math.inf else max(self.beat.due, wanted)

    def begin(self, now: float) -> Draft:
        """Begin the picture of this moment."""
        newest, fresh = self.session.input, self._fresh
        draft = Draft(
            parts=self._parts(now),
            wanted=newest.arrived if newest and fresh else min(self.beat.due, now),
            input=newest.echo() if newest else {},
            fresh=fresh,
        )
        for line, key in draft.parts:
            line.begin(now, key=key)
        self.session.begun = newest
        self._version = self.session.version
        self._fading = self.session.expression.running(now)
        self._input = newest
        self._catch_up = math.inf
        self.in_flight += 1
        self.beat.begun(now)
        return draft

    def again(self, now: float, shown: Mapping[str, Any]) -> Draft | None:
        """Begin the newest picture once more, for whoever waits for a keyframe; None where nobody does.

        `shown` is the input that it shows.
        """
        parts = tuple(Part(line, True) for line in self.lines if line.keys_at <= now)
        if not parts:
            return None
        for line, key in parts:
            line.begin(now, key=key)
        if self.in_flight:
            self._catch_up = now + CATCH_UP_SECONDS  # what is under way was begun without them
        self.in_flight += 1
        return Draft(parts, wanted=now, input=shown, fresh=False)

    def encoded(self, line: Line, frame: Frame) -> None:
        """A line's part is ready: hand it to everybody there."""
        if frame.key and line is self.main:
            self.take_in()
        line.encoded(frame, self.session.performer)

    def take_in(self) -> None:
        """Put those beside the main line on it."""
        if self.side is not None:
            self.main.receivers |= self.side.receivers
            self.side.receivers.clear()  # what it still has under way is built upon other frames
            self._alone(self.main)

    def done(self) -> None:
        """All parts of a begun picture are ready."""
        self.in_flight -= 1

    def failed(self, again: float) -> None:
        """A begun picture came to nothing: try again, but not before the time `again`."""
        self.in_flight -= 1
        for line in self.lines:
            line.failed()
        self._version = -1
        self.beat.due = again

    def welcome(self, receiver: Receiver, now: float) -> None:
        """Add a client, on the main line where it can start there at nobody's cost."""
        free = not self.main.receivers or self.main.starts(now)
        (self.main if free else self._beside(now)).join(receiver, now)

    def renew(self, receiver: Receiver, now: float) -> None:
        """A client needs a frame that can stand alone, and goes beside the others where they would pay."""
        line = next((line for line in self.lines if receiver in line.receivers), None)
        if line is None or line.repeat(receiver):
            return
        if line is self.main and len(line.receivers) > 1:
            line.receivers.remove(receiver)
            line = self._beside(now)
            line.receivers.add(receiver)
        line.refresh = True

    def leave(self, receiver: Receiver) -> None:
        """Take a client off."""
        for line in self.lines:
            line.receivers.discard(receiver)
        if self.side is not None and not (self.main.receivers and self.side.receivers):
            self._alone(self.main if self.main.receivers else self.side)

    def _parts(self, now: float) -> tuple[Part, ...]:
        key = now >= min(self.main.keys_at, self._take_in)
        if key:
            self._take_in = math.inf
        if key or self.side is None:
            return (Part(self.main, key),)
        return Part(self.main, False), Part(self.side, now >= self.side.keys_at)

    def _beside(self, now: float) -> Line:
        if self.side is None:
            self.side, self._take_in = Line(), now + TAKE_IN_SECONDS
        return self.side

    def _alone(self, line: Line) -> None:
        self.main, self.side, self._take_in = line, None, math.inf

    @property
    def _fresh(self) -> bool:
        """Whether there is an input that no picture shows."""
        return self.session.input is not self._input

    def _needed_at(self) -> float:
        return min(self._take_in, self._catch_up, *(line.keys_at for line in self.lines))

    def _moves(self, now: float) -> bool:
        # The end of a fade is drawn too, which comes after the last moment at which it runs.
        return self._fading or self.session.idling(now)


class Session:
    """One character under one performer, seen by any number of watchers."""

    def __init__(
        self, session_id: str, resume: str, character: str, now: float, *, idle: bool, kind: str = STUDENT
    ) -> None:
        self.id = session_id
        self.resume = resume
        self.character = character
        self.kind = kind
        self.opened = now
        self.pose: NDArray[np.float32] = DEFAULT
        self.version = 0
        self.input: Input | None = None
        self.begun: Input | None = None
        """The newest input of which any picture was begun: to a stream that comes later it is no news."""
        self.idle = idle
        self.face = Face()
        self.expression = Fade()
        self.performer: Receiver | None = None
        self.watchers: set[Receiver] = set()
        self.streams: dict[StreamKey, Stream] = {}
        self.fitting: Fitting | None = None
        """How large those are drawn who take what fits, once there was one."""
        self.cut_off: float | None = None
        """Since when the performer's socket is gone."""
        self._seed = secrets.randbits(32)
        self._moved = now - IDLE_AFTER

    def take(self, pose: NDArray[np.float32], newest: Input) -> None:
        """The newest pose wins."""
        self.show(pose, newest)
        self._moved = newest.arrived

    def show(self, pose: NDArray[np.float32], newest: Input) -> None:
        """A pose that is nobody's doing, which keeps idle motion from nothing."""
        self.pose = pose
        self.input = newest
        self.version += 1

    def express(self, layer: Layer, now: float, seconds: float) -> None:
        """Fade to an expression over the pose."""
        self.expression = self.expression.to(layer, now, seconds)
        self.version += 1

    def set_idle(self, on: bool, now: float) -> None:
        """Switch idle motion: it eases in from the pose, and leaves it when it ends."""
        if on and not self.idle:
            self._moved = max(self._moved, now - IDLE_AFTER)
        if on != self.idle:
            self.idle = on
            self.version += 1

    def idling(self, now: float) -> bool:
        """Whether idle motion plays."""
        return self.idle and now - self._moved >= IDLE_AFTER

    def pose_at(self, now: float) -> NDArray[np.float32]:
        """The pose to draw, expression and idle motion included."""
        pose = self.expression.at(now).over(self.pose)
        if not self.idling(now):
            return pose
        return idle_pose(pose, now - self._moved - IDLE_AFTER, self._seed)

    def idles_at(self) -> float | None:
        """When idle motion begins or began, None where it is off."""
        return self._moved + IDLE_AFTER if self.idle else None

    def attach(self, receiver: Receiver, key: StreamKey, now: float) -> Stream:
        """Give a client the stream of that key, from a keyframe on."""
        stream = self.streams.setdefault(key, Stream(self, key, Beat(key.fps, now), _input=self.begun))
        stream.welcome(receiver, now)
        return stream

    def detach(self, receiver: Receiver) -> None:
        """Take a client off its stream; a stream that nobody receives ends."""
        for key, stream in list(self.streams.items()):
            stream.leave(receiver)
            if not stream.audience:
                del self.streams[key]

    def everybody(self) -> list[Receiver]:
        """The performer, if there, and the watchers."""
        return [*([] if self.performer is None else [self.performer]), *self.watchers]
