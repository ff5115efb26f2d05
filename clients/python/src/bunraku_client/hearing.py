"""Sound that is read ahead beside the loop."""

import asyncio
import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator

from bunraku_client.voice import HOP, RATE, Samples

STEP = HOP / RATE
"""Seconds of a hop."""
_AHEAD = round(60 / STEP)
# So much may a pipe and who fills it have held before anybody read: 64 KiB are two seconds of 16 kHz.
_HELD_SECONDS = 2.0


class Hearing:
    """Hops of a sound in their order, of which up to a minute wait here.

    `source` gives them, and is read in a thread of its own, so that a pipe which is silent keeps nobody who
    leaves; it is given what to call when a pipe brings something.
    """

    def __init__(
        self,
        source: Callable[[Callable[[], None]], Iterator[Samples]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._hops: deque[Samples] = deque()
        self._room = threading.Semaphore(_AHEAD)
        self._news = asyncio.Event()
        self._first: float | None = None
        self._read = 0
        self._ended = False
        self._error: Exception | None = None
        # Not one of the loop's own threads, which are waited for at the end.
        threading.Thread(target=self._listen, args=(source,), daemon=True).start()

    @property
    def waiting(self) -> int:
        """Hops that are here."""
        return len(self._hops)

    @property
    def live(self) -> bool:
        """Whether the sound came no faster than it is spoken, and goes on: somebody speaks at this moment."""
        if self._ended or self._first is None:
            return False
        return self._read * STEP <= self._clock() - self._first + _HELD_SECONDS

    async def begin(self) -> None:
        """Return once there is a hop, or the end. Raises what reading raises."""
        while not self._hops and not self._ended:
            self._news.clear()
            await self._news.wait()
        if not self._hops and self._error is not None:
            raise self._error

    async def next(self) -> Samples | None:
        """The next hop, or None at the end. Raises what reading raises."""
        await self.begin()
        return self._pop() if self._hops else None

    def skip(self) -> None:
        """Forget all but the newest hop."""
        while len(self._hops) > 1:
            self._pop()

    def _pop(self) -> Samples:
        self._room.release()
        return self._hops.popleft()

    def _listen(self, source: Callable[[Callable[[], None]], Iterator[Samples]]) -> None:
        failure: Exception | None = None
        try:
            for samples in source(self._came):
                self._room.acquire()
                self._loop.call_soon_threadsafe(self._take, samples)
        except Exception as error:
            failure = error
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._end, failure)

    def _came(self) -> None:
        if self._first is None:
            self._first = self._clock()

    def _take(self, samples: Samples) -> None:
        self._read += 1
        self._hops.append(samples)
        self._news.set()

    def _end(self, failure: Exception | None) -> None:
        self._ended, self._error = True, failure
        self._news.set()
