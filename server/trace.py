"""The times of performers' frames, one JSON line each, for who looks for a delay."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from server.outbox import Frame
from server.settings import SettingsError


class Trace:
    """A file that is written to as long as the server runs. Times are seconds of its monotonic clock.

    `busy` and `handed` are as in `Stamps`. Raises SettingsError where the file cannot be written.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._file = path.open("a", buffering=1)
        except OSError as error:
            raise SettingsError(f"The trace {path} cannot be written: {error.strerror}.") from None

    def close(self) -> None:
        """Nothing more is written."""
        self._file.close()

    def __call__(self, frame: Frame, sent: float) -> None:
        """A frame that is the first to show its input was handed to the performer's socket."""
        stamps = frame.stamps
        times = {
            "arrived": stamps.wanted,
            "begun": stamps.begun,
            "drawn": stamps.drawn,
            "encoded": stamps.encoded,
            "sent": sent,
            "busy": stamps.busy,
            "handed": stamps.handed,
        }
        self._file.write(json.dumps({**frame.input, **times}) + "\n")


Times = Mapping[str, float]
"""What a line says."""


def read_trace(path: Path) -> list[Times]:
    """The lines of a trace."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def share(times: Times) -> float:
    """Milliseconds that a pose waited for to be drawn and its frame to be sent."""
    return 1e3 * (times["begun"] - times["arrived"] + times["sent"] - times["encoded"])


def own_share(times: Times) -> float:
    """Of those, what the device did not draw other pictures in; and the ways from thread to thread."""
    return share(times) + 1e3 * (times["handed"] - times["busy"])


def own_shares(trace: Iterable[Times], begun: float, ended: float) -> list[float]:
    """That of the poses that came, and whose frames were sent, between two moments, in order of size."""
    return sorted(own_share(times) for times in trace if begun <= times["arrived"] and times["sent"] < ended)
