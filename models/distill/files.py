"""Files that are replaced whole: a reader, or a run that is cut short, finds the old one or the new one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from models.distill.recipe import DistillError


def write(path: Path, data: bytes) -> None:
    """Replace a file, making its folder where there is none. Raises DistillError."""
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        raise DistillError(f"{path} cannot be written: {error.strerror}.") from None


def write_json(path: Path, values: Mapping[str, object]) -> None:
    """Replace a file by one JSON object. Raises DistillError."""
    write(path, json.dumps(values).encode())
