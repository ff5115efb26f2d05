"""The times of performers' frames, one JSON line each, for who looks for a delay."""

from __future__ import annotations

import json
from pathlib import Path

from server.outbox import Frame


class Trace:
    """A file that is written to as long as the server runs. Times are seconds of its monotonic clock.

    `busy` and `handed` are as in `Stamps`.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", buffering=1)

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
