"""The frames that wait for a consumer: few, and the newest ones."""

import asyncio
from collections import deque

from bunraku_client.frame import Frame


class NewestFrames:
    """A bounded queue in which a newer frame pushes out the oldest.

    Frames that need the ones before them (H.264) are only handed out in an unbroken row: where one was pushed
    out, all are skipped until the next keyframe.
    """

    def __init__(self, size: int) -> None:
        self.skipped = 0
        self._size = size
        self._frames: deque[Frame] = deque()
        self._broken = False
        self._closed = False
        self._news = asyncio.Event()

    def put(self, frame: Frame) -> bool:
        """Add a frame; returns True where a keyframe must be asked for, once for each break."""
        was_broken = self._broken
        self._make_room(frame)
        if self._broken:
            self.skipped += 1
            return not was_broken
        self._frames.append(frame)
        self._news.set()
        return False

    async def get(self) -> Frame | None:
        """The oldest frame that waits, or None once the queue is closed and empty."""
        while not self._frames and not self._closed:
            self._news.clear()
            await self._news.wait()
        return self._frames.popleft() if self._frames else None

    def clear(self) -> None:
        """Forget what waits: another stream begins."""
        self._frames.clear()
        self._broken = False

    def close(self) -> None:
        """No frame will follow; those that wait can still be taken."""
        self._closed = True
        self._news.set()

    def _make_room(self, frame: Frame) -> None:
        if frame.alone:
            self._broken = False
        if len(self._frames) < self._size:
            return
        if frame.alone and all(waiting.alone for waiting in self._frames):
            self._drop(1)
        else:
            self._drop(len(self._frames))
            self._broken = not frame.alone

    def _drop(self, count: int) -> None:
        for _ in range(count):
            self._frames.popleft()
        self.skipped += count
