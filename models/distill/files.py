"""What a run tells of itself in files, each replaced whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from models.distill.recipe import DistillError
from models.files import replacing


def write(path: Path, data: bytes) -> None:
    """Replace a file, making its folder where there is none. Raises DistillError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as part:
            part.write_bytes(data)
    except OSError as error:
        raise DistillError(f"{path} cannot be written: {error.strerror}.") from None


def write_json(path: Path, values: Mapping[str, object]) -> None:
    """Replace a file by one JSON object. Raises DistillError."""
    write(path, json.dumps(values).encode())
