"""How an engine's time grows with its work, read from the rows of `models/bench.py`. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from models.bench import Row

_THINGS = ("batch", "pixels", "characters")


class Growth(TypedDict):
    """One engine's time for a batch against another batch that differs in one thing only.

    of: batch, pixels or characters, which were `before`; all three as they are after; work: how many times
    as many pixels are drawn in all; time: how many times as long that takes.
    """

    engine: str
    of: str
    before: int
    batch: int
    pixels: int
    characters: int
    work: float
    time: float


def growth(rows: Sequence[Row]) -> list[Growth]:
    """From the smallest batch to each larger one, and so for pixels of a picture and characters."""
    found = []
    for place, of in enumerate(_THINGS):
        groups: dict[tuple[object, ...], list[Row]] = {}
        for row in rows:
            others = [value for number, value in enumerate(_things(row)) if number != place]
            groups.setdefault((row["engine"], *others), []).append(row)
        for group in groups.values():
            least, *more = sorted(group, key=lambda row: _things(row)[place])
            found += [_grown(of, place, least, row) for row in more]
    return found


def _grown(of: str, place: int, least: Row, row: Row) -> Growth:
    batch, pixels, characters = _things(row)
    work = batch * pixels / (least["batch"] * _things(least)[1])
    time = row["ms"] * batch / (least["ms"] * least["batch"])
    before = _things(least)[place]
    return Growth(
        engine=row["engine"],
        of=of,
        before=before,
        batch=batch,
        pixels=pixels,
        characters=characters,
        work=work,
        time=time,
    )


def _things(row: Row) -> tuple[int, int, int]:
    return row["batch"], row["width"] * row["height"], row["characters"]
