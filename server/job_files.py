"""Jobs in a folder: one folder each, with its record, its picture and what its process said."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import msgspec
import structlog
from PIL import Image

from models.files import replacing
from models.preparation.source import Pixels
from server.jobs import Job
from server.orders import PICTURE
from server.refusal import RegistryError

log = structlog.get_logger()

_RECORD = "job.json"


class JobFiles:
    """The folder of a workshop. Its methods read and write files: call them off the event loop.

    All raise RegistryError where the folder cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.turn = folder / "turn"
        self._lock: TextIO | None = None

    def open(self) -> list[Job]:
        """Make the folder, keep other servers out of it, and read the jobs in it.

        Raises RegistryError where another server has it.
        """
        with _writing(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock = (self.folder / "lock").open("w")
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self.close()
                raise RegistryError(409, "busy", "Another server works in this folder's workshop.") from None
        return [job for path in sorted(self.folder.glob(f"*/{_RECORD}")) if (job := _read(path))]

    def close(self) -> None:
        """Let other servers in."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def of(self, job: str) -> Path:
        """The folder of a job."""
        return self.folder / job

    def said(self, job: str) -> Path:
        """The file of what a job's process said last."""
        return self.of(job) / "said.txt"

    def keep(self, job: Job, picture: Pixels | None = None) -> None:
        """Write a job down, replacing what was written of it; its picture too, where there is one."""
        folder = self.of(job.id)
        with _writing(folder):
            folder.mkdir(exist_ok=True)
            if picture is not None:
                Image.fromarray(picture).save(folder / PICTURE)
            with replacing(folder / _RECORD, durable=True) as part:
                part.write_bytes(msgspec.json.encode(job))

    def remove(self, job: str) -> None:
        """Forget a job. What it made stays."""
        shutil.rmtree(self.of(job), ignore_errors=True)


def _read(path: Path) -> Job | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Job)
    except (OSError, msgspec.MsgspecError) as error:
        log.warning("job unreadable", file=str(path), reason=str(error))
        return None


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise RegistryError(500, "unwritable", f"{folder} cannot be written: {reason}.") from None
