"""Ends that are asked for: noted, so that nothing is cut in two."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def interrupts() -> Iterator[list[int]]:
    """While it lasts, Ctrl-C and SIGTERM are noted in the list, and do nothing else."""
    noted: list[int] = []
    ends = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(end, lambda number, _: noted.append(number)) for end in ends]
    try:
        yield noted
    finally:
        for end, handler in zip(ends, before, strict=True):
            signal.signal(end, handler)
