"""Files that are replaced whole, and files that are read only where they are not too large."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path, *, durable: bool = False) -> Iterator[Path]:
    """Where to write, beside `path` and with its suffix, what takes its place once it is written.

    A reader, or who is cut short, finds the old file or the new one. Where the body raises, `path` stays as
    it was, and nothing else is left. durable: a power cut cannot take
    the new bytes once the file has its name. Raises OSError where the file cannot be written.
    """
    part = path.with_name(f".{path.stem}.{secrets.token_hex(4)}.part{path.suffix}")
    try:
        yield part
        if durable:
            on_disk(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def on_disk(file: Path) -> None:
    """Wait until the disk has a file: a new name for it cannot outlive a power cut without its bytes."""
    with file.open("rb") as opened:
        os.fsync(opened.fileno())


def read_bounded(path: Path, limit: int, refusal: type[Exception]) -> bytes:
    """A file's bytes. Raises `refusal`, in one sentence, for more than `limit` of them, or none to read."""
    try:
        if path.stat().st_size > limit:
            raise refusal(f"{path.name} is larger than {limit // 2**20} MB.")
        return path.read_bytes()
    except OSError as error:
        raise refusal(f"{path.name} cannot be read: {error.strerror}.") from None
