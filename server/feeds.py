"""A stream of a relay: its lines carry what the server behind it sends to watchers of its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from server.lines import Line
from server.outbox import Frame, Stamps
from server.protocol import CloseCode, ProtocolError
from server.sessions import TAKE_IN_SECONDS, Stream
from server.streams import StreamKey
from server.upstream import Config, End, Heard, Picture, Welcome

# The server takes its second line into the first by itself; where it has put both on one, nothing would.
_OVERDUE_SECONDS = TAKE_IN_SECONDS + 5.0


@dataclass(frozen=True)
class FeedKey(StreamKey):
    """A stream as a relay asks for it: whether a smaller picture will do changes what it is given."""

    fit: bool

    @property
    def video(self) -> dict[str, Any]:
        """`video` of the relay's own `hello`."""
        return {
            "codecs": [self.codec],
            "max_fps": self.fps,
            "size": self.view.size,
            "crop": list(self.view.crop),
            "background": "transparent" if self.background is None else f"#{bytes(self.background).hex()}",
            "quality": self.quality,
            "fit": self.fit,
        }


class Source(Protocol):
    """One connection to the server, as a feed sees it."""

    async def run(self) -> End:
        """Hear until it is over; why it is."""
        ...

    def want_keyframe(self) -> None:
        """Ask for a frame that can stand alone."""
        ...


@dataclass(eq=False)
class _Held:
    """What one line has of the server."""

    video: Mapping[str, Any]
    source: Source = field(init=False)
    task: asyncio.Task[None] = field(init=False)
    asked: bool = True
    """A keyframe is on its way, as one always is at first."""


class Feed:
    """One stream, and a connection to the server for each of its lines.

    Who joins, or lost a frame, is put beside the others as the server itself does it: the relay becomes one
    more watcher there, which is given a keyframe at nobody's cost, and is gone with the keyframe that the
    server then makes for all. `connect` is given who hears; `over` is told why all is over.
    """

    def __init__(
        self,
        stream: Stream,
        connect: Callable[[Callable[[Heard], None]], Source],
        over: Callable[[Feed, End], None],
    ) -> None:
        self.stream = stream
        self.welcome: Welcome | None = None
        self.alone_since: float | None = None
        """Since when nobody has received it; None while anybody does. For who keeps it."""
        self._connect = connect
        self._over = over
        self._end: End | None = None
        self._opened = asyncio.Event()
        self._held: dict[Line, _Held] = {}
        self._overdue: asyncio.TimerHandle | None = None
        self.attend()

    async def opened(self) -> Welcome:
        """What the server says of it. Raises ProtocolError as the server refuses it."""
        await self._opened.wait()
        if self._end is not None:
            raise self._end.error
        assert self.welcome is not None
        return self.welcome

    @property
    def video(self) -> Mapping[str, Any]:
        """What the server gives, as `welcome` and `config` have it."""
        return self._held[self.stream.main].video

    def attend(self) -> None:
        """Do what receivers who came, left or lost something have made needful."""
        if self._end is not None:
            return
        for line in self._held.keys() - set(self.stream.lines):
            self._held.pop(line).task.cancel()
        for line in self.stream.lines:
            if line not in self._held:
                self._begin(line)
            elif line.refresh:
                self._ask(self._held[line])
        if self.stream.side is None and self._overdue is not None:
            self._overdue.cancel()
            self._overdue = None

    def close(self) -> None:
        """Hear no more."""
        self._finish(End(ProtocolError("not_ready", "Nobody watched this.", close=CloseCode.DRAINING)))
        for held in self._held.values():
            held.task.cancel()
        if self._overdue is not None:
            self._overdue.cancel()

    def _begin(self, line: Line) -> None:
        main = self._held.get(self.stream.main)
        held = self._held[line] = _Held(main.video if main else {})
        held.source = self._connect(partial(self._hear, line, held))
        held.task = asyncio.create_task(self._run(line, held))
        if main is not None:
            self._overdue = asyncio.get_running_loop().call_later(_OVERDUE_SECONDS, self._ask, main)

    def _ask(self, held: _Held) -> None:
        if not held.asked:
            held.asked = True
            held.source.want_keyframe()

    async def _run(self, line: Line, held: _Held) -> None:
        end = await held.source.run()
        if line is self.stream.side:  # what the main line has must do
            self._tell_config(line, self._held[self.stream.main])
            self.stream.take_in()
            self.stream.main.refresh = True
            self.attend()
        elif self._held.get(line) is held:
            self._finish(end)
            self._over(self, end)

    def _finish(self, end: End) -> None:
        self._end = end
        self._opened.set()

    def _hear(self, line: Line, held: _Held, heard: Heard) -> None:
        match heard:
            case Welcome():
                self.welcome = self.welcome or heard
                self._change(line, held, heard.video)
                self._opened.set()
            case Config():
                self._change(line, held, heard.video)
            case Picture():
                self._show(line, held, heard)

    def _change(self, line: Line, held: _Held, video: Mapping[str, Any]) -> None:
        """Another stream begins on a line, with a keyframe."""
        line.failed()
        held.asked = True
        if held.video != video:
            held.video = video
            for receiver in line.receivers:
                receiver.restream({"type": "config", "video": video})

    def _show(self, line: Line, held: _Held, picture: Picture) -> None:
        if picture.key:
            held.asked = False
            line.begin(time.monotonic(), key=True)
            if line is self.stream.main and self.stream.side is not None:
                self._tell_config(self.stream.side, held)
        self.stream.encoded(line, _frame(picture, held.video["codec"], time.monotonic()))
        self.attend()

    def _tell_config(self, line: Line, held: _Held) -> None:
        """Who leaves a line for that of `held` is told of its video, where that is another."""
        if held.video != self._held[line].video:
            for receiver in line.receivers:
                receiver.restream({"type": "config", "video": held.video})


def _frame(picture: Picture, codec: str, now: float) -> Frame:
    """A frame as if it had been made here, so long ago as the server says that it took."""
    queue, render, encode = (picture.stages.get(one, 0.0) / 1e3 for one in ("queue", "render", "encode"))
    drawn = now - encode
    begun = drawn - render
    shown = {name: value for name in ("seq", "time") if (value := getattr(picture, name)) is not None}
    return Frame(picture.data, picture.key, codec, Stamps(begun - queue, begun, drawn, now), shown)
