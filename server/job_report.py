"""What is told of a job: where it stands, how far it is, and what can be seen of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from models.distill.journal import FILE, Progress
from server.distill_watch import CURVES, SAMPLES
from server.jobs import Job

PICTURES = {SAMPLES: "image/png", CURVES: "image/svg+xml"}
"""What a distillation leaves beside its character to look at, and of which type it is."""

_STATES = {"leaving": "stopping"}


def job_row(job: Job, ahead: int, output: Path, *, usable: bool) -> dict[str, Any]:
    """A job as JSON. Reads files: call it off the event loop.

    ahead: how many jobs come before it. output: the folder of its character. usable: whether it can perform.
    """
    order = job.order
    progress = read_progress(output / FILE)
    pictures = {name: _time(output / name) for name in PICTURES}
    return {
        "id": job.id,
        "state": _STATES.get(job.state, job.state),
        "ahead": ahead if job.state == "queued" else None,
        "character": order.id,
        "name": order.name or order.id,
        "source": {"character": order.character} if order.character else {"system": order.system},
        "recipe": order.recipe,
        "minutes": order.minutes,
        "examples": order.examples,
        "made": job.made,
        "began": job.began,
        "ended": job.ended,
        "why": job.why,
        "usable": usable,
        "progress": msgspec.to_builtins(progress) if progress else None,
        "pictures": {name: time for name, time in pictures.items() if time},
    }


def read_progress(path: Path) -> Progress | None:
    """The progress in a file; None where there is none that can be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Progress)
    except (OSError, msgspec.MsgspecError):
        return None


def _time(path: Path) -> int:
    """When a file was changed, in milliseconds; 0 where there is none."""
    try:
        return path.stat().st_mtime_ns // 1_000_000
    except OSError:
        return 0
