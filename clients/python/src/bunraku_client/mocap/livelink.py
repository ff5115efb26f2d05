"""LiveLink Face recordings: CSV with ARKit's 52 in PascalCase and angles in radians.

The eyes of a recording show the axes: pitch > 0 looks down, yaw > 0 to the person's own right.
"""

import csv
import math
from collections.abc import Iterator
from pathlib import Path

from bunraku_client.errors import InvalidInputError, reason
from bunraku_client.mocap.tracked import Head, PacketError, Tracked, arkit_name, from_left_handed, unit

FPS = 60.0
_HEAD = ("HeadPitch", "HeadYaw", "HeadRoll")


def read_file(path: Path) -> list[Tracked]:
    """Every row of a recording, `FPS` a second. Raises `InvalidInputError`, naming the line."""
    try:
        rows = list(csv.reader(path.read_text("utf-8-sig").splitlines()))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidInputError(f"{path} cannot be read as CSV: {reason(error)}.") from error
    if len(rows) < 2 or arkit_name((rows[0] + [""] * 3)[2]) is None:
        raise InvalidInputError(f"{path} is no recording of LiveLink Face.")
    return list(_rows(rows, path))


def read(header: list[str], row: list[str]) -> Tracked:
    """One row under its header as `Tracked`. Raises `PacketError`."""
    if len(row) != len(header):
        raise PacketError(f"A row has {len(row)} fields, not {len(header)}.")
    said = dict(zip(header[2:], row[2:], strict=True))
    known = ((arkit_name(name), value) for name, value in said.items())
    return Tracked({name: unit(_number(value)) for name, value in known if name}, _head(said))


def _rows(rows: list[list[str]], path: Path) -> Iterator[Tracked]:
    for line, row in enumerate(rows[1:], 2):
        try:
            yield read(rows[0], row)
        except PacketError as error:
            raise InvalidInputError(f"Line {line} of {path}: {error}") from error


def _head(said: dict[str, str]) -> Head | None:
    if any(name not in said for name in _HEAD):
        return None
    return from_left_handed(math.degrees(_number(said[name])) for name in _HEAD)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise PacketError(f"{text[:20]!r} is no number.") from error
