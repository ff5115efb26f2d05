"""What a run says of itself while it goes on, in its folder: `progress.json`, for whoever watches."""

from __future__ import annotations

import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import TracebackType

from models.distill.files import write, write_json
from models.distill.recipe import DistillError

FILE = "progress.json"
_SECONDS = 1.0
_WINDOW = 30.0  # seconds over which the rate is taken


@dataclass(frozen=True)
class Progress:
    """Where a run is.

    phase: what it does now, in a few words. steps: in all, an estimate where time ends the run. examples:
    poses shown so far. rate: examples a second. psnr: decibels over held-out poses, at the newest
    checkpoint. started, updated: seconds of the system's clock since 1970; started is when this call of the
    command began.
    """

    phase: str = "starting"
    step: int = 0
    steps: int = 0
    examples: int = 0
    rate: float = 0.0
    remaining_seconds: float | None = None
    psnr: float | None = None
    started: float = field(default_factory=time.time)
    updated: float = 0.0
    finished: bool = False


class Journal:
    """Keeps `progress.json` in a folder: rewritten each second while open, and once more at the end.

    A run that ends by an error before it has noted a step leaves what it found there.
    """

    def __init__(self, folder: Path) -> None:
        self.progress = Progress()
        self._found: bytes | None = None
        self._path, self._lock, self._closed = folder / FILE, threading.Lock(), threading.Event()
        self._thread = threading.Thread(target=self._keep, name="journal", daemon=True)

    def __enter__(self) -> Journal:
        """Begin. Raises DistillError where the folder cannot be written."""
        with suppress(OSError):
            self._found = self._path.read_bytes()
        self._write()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed.set()
        self._thread.join()
        if error is None or self.progress.step:
            self._try_to_write()
        else:
            self._put_back()

    def note(self, **changes: object) -> Progress:
        """Change what the file says from its next writing on."""
        with self._lock:
            self.progress = replace(self.progress, **changes)  # type: ignore[arg-type]
            return self.progress

    def _keep(self) -> None:
        while not self._closed.wait(_SECONDS):
            self._try_to_write()

    def _try_to_write(self) -> None:
        # A folder that can no longer be written ends the run by its next checkpoint, with that sentence.
        try:
            self._write()
        except DistillError:
            return

    def _put_back(self) -> None:
        with suppress(OSError, DistillError):
            if self._found is None:
                self._path.unlink(missing_ok=True)
            else:
                write(self._path, self._found)

    def _write(self) -> None:
        write_json(self._path, asdict(self.note(updated=time.time())))


class Pace:
    """Examples a second over the last half minute; times in seconds of any clock that only goes forward."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def add(self, now: float, examples: int) -> float:
        """The rate, once so many examples were shown in all; 0 until there are two moments to compare."""
        self._seen.append((now, examples))
        while len(self._seen) > 2 and now - self._seen[1][0] > _WINDOW:
            self._seen.popleft()
        then, before = self._seen[0]
        return (examples - before) / (now - then) if now > then else 0.0
