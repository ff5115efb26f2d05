"""Engines side by side as an SVG picture: how many times as fast as the yardstick, bar by bar. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import groupby
from typing import Any

_WIDTH, _LEFT, _BAR, _GAP = 860, 190, 20, 34
_PAPER, _INK, _COLOURS = "#fffdf9", "#3b3844", ("#2f8f5b", "#8fb8a0")


def engine_picture(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows of `models/bench.py`, those of one view, batch and cast together, in a group of bars."""
    groups = [(title, list(group)) for title, group in groupby(rows, _title)]
    height = sum(_GAP + _BAR * len(group) for _, group in groups) + _GAP // 2
    longest = max(row["ratio"] for row in rows)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        f'font-family="sans-serif" font-size="12" fill="{_INK}">',
        f'<rect width="{_WIDTH}" height="{height}" fill="{_PAPER}"/>',
    ]
    top = 0
    for title, group in groups:
        parts += [f'<text x="{_LEFT}" y="{top + _GAP - 9}" font-weight="bold">{escape(title)}</text>']
        parts += _bars(group, top + _GAP, longest)
        top += _GAP + _BAR * len(group)
    return "\n".join([*parts, "</svg>\n"])


def _bars(group: Sequence[Mapping[str, Any]], top: float, longest: float) -> Iterator[str]:
    best = max(row["ratio"] for row in group)
    for number, row in enumerate(group):
        y, long = top + number * _BAR, (_WIDTH - _LEFT - 70) * row["ratio"] / longest
        middle = y + _BAR / 2 + 3
        colour = _COLOURS[row["ratio"] < best]
        yield f'<text x="{_LEFT - 8}" y="{middle}" text-anchor="end">{escape(row["engine"])}</text>'
        yield f'<rect x="{_LEFT}" y="{y}" width="{long:.1f}" height="{_BAR - 5}" fill="{colour}"/>'
        yield f'<text x="{_LEFT + long + 6:.1f}" y="{middle}">{row["ratio"]:.3g}</text>'


def _title(row: Mapping[str, Any]) -> str:
    cast = "one character" if row["characters"] == 1 else f"{row['characters']} characters"
    return f"{row['width']} x {row['height']}, {row['batch']} at a time, {cast}"
