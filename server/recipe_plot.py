"""Recipes side by side as an SVG picture: decibels over time, a line for each. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import groupby
from typing import Any

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 860, 380, 60, 210, 24, 44
_PAPER, _INK, _GRID = "#fffdf9", "#3b3844", "#e4dfd3"
_COLOURS = ("#2f8f5b", "#b5533c", "#3d6fb0", "#a8842c", "#7d5ba6", "#4b9aa3", "#8a8578", "#c06c93", "#5f7d2e")


def recipe_picture(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows of `models/distill/bench.py`: `psnr` over `seconds`, where each recipe is named at its end."""
    most = max(row["seconds"] for row in rows)
    low = math.floor(min(row["psnr"] for row in rows))
    high = max(math.ceil(max(row["psnr"] for row in rows)), low + 1)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'font-family="sans-serif" font-size="12" fill="{_INK}">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="{_PAPER}"/>',
        *_grid(most, low, high),
    ]
    groups = groupby(rows, lambda row: row["recipe"])
    for colour, (name, group) in zip(_COLOURS, groups, strict=False):
        places = [
            (_across(row["seconds"] / most), _down((row["psnr"] - low) / (high - low))) for row in group
        ]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        x, y = places[-1]
        parts += [
            f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>',
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>',
            f'<text x="{x + 8:.1f}" y="{y + 4:.1f}" fill="{colour}">{escape(name)}</text>',
        ]
    return "\n".join([*parts, "</svg>\n"])


def _grid(most: float, low: int, high: int) -> Iterator[str]:
    for level in range(low, high + 1, max(1, (high - low) // 6)):
        y = _down((level - low) / (high - low))
        yield f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="{_GRID}"/>'
        yield f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{level} dB</text>'
    for quarter in range(5):
        x = _across(quarter / 4)
        yield (
            f'<text x="{x:.1f}" y="{_HEIGHT - _BOTTOM + 20}" text-anchor="middle">'
            f"{most * quarter / 4:.0f} s</text>"
        )


def _across(part: float) -> float:
    return _LEFT + part * (_WIDTH - _LEFT - _RIGHT)


def _down(part: float) -> float:
    return _HEIGHT - _BOTTOM - part * (_HEIGHT - _TOP - _BOTTOM)
