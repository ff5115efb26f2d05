"""A few lines over time as an SVG picture, for the documents. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _PANEL, _LEFT, _TOP = 860, 130, 70, 34
_GAP = 26
_INK, _LINE, _BANDS = "#3b3844", "#2f8f5b", ("#f4f1ea", "#e9e3d6")


@dataclass(frozen=True)
class Panel:
    """One curve: (time, value) in order of time, over an axis from 0 to its highest value."""

    title: str
    points: Sequence[tuple[float, float]]


def plot(panels: Sequence[Panel], spans: Sequence[tuple[str, float]]) -> str:
    """Panels below each other over one time axis, which `spans` (name, seconds) fill one after another."""
    whole = sum(seconds for _, seconds in spans)
    height = _TOP + len(panels) * (_PANEL + _GAP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        f'font-family="sans-serif" font-size="12" fill="{_INK}">',
        f'<rect width="{_WIDTH}" height="{height}" fill="#fffdf9"/>',
        *_bands(spans, whole, height),
    ]
    for number, panel in enumerate(panels):
        parts += _panel(panel, _TOP + number * (_PANEL + _GAP), whole)
    return "\n".join([*parts, "</svg>\n"])


def _bands(spans: Sequence[tuple[str, float]], whole: float, height: float) -> list[str]:
    parts, begin = [], 0.0
    for number, (name, seconds) in enumerate(spans):
        left, wide = _across(begin, whole), _across(seconds, whole) - _LEFT
        parts += [
            f'<rect x="{left:.1f}" y="{_TOP}" width="{wide:.1f}" height="{height - _TOP - _GAP + 6}" '
            f'fill="{_BANDS[number % 2]}"/>',
            f'<text x="{left + wide / 2:.1f}" y="{_TOP - 12}" text-anchor="middle">{escape(name)}</text>',
        ]
        begin += seconds
    return parts


def _panel(panel: Panel, top: float, whole: float) -> list[str]:
    highest = max((value for _, value in panel.points), default=0.0) or 1.0
    mark = _round_below(highest)
    level = top + _PANEL * (1 - mark / highest)
    points = " ".join(
        f"{_across(time, whole):.1f},{top + _PANEL * (1 - value / highest):.1f}"
        for time, value in panel.points
    )
    return [
        f'<line x1="{_LEFT}" x2="{_WIDTH - 10}" y1="{top + _PANEL}" y2="{top + _PANEL}" stroke="{_INK}"/>',
        f'<line x1="{_LEFT}" x2="{_WIDTH - 10}" y1="{level:.1f}" y2="{level:.1f}" stroke="{_INK}" '
        'stroke-opacity="0.25"/>',
        f'<text x="{_LEFT - 6}" y="{level + 4:.1f}" text-anchor="end">{mark:g}</text>',
        f'<text x="{_LEFT + 6}" y="{top + 12}">{escape(panel.title)}</text>',
        f'<polyline points="{points}" fill="none" stroke="{_LINE}" stroke-width="1.6"/>',
    ]


def _across(time: float, whole: float) -> float:
    return _LEFT + (_WIDTH - 10 - _LEFT) * time / whole


def _round_below(value: float) -> float:
    power = 10.0 ** math.floor(math.log10(value))
    return max(step * power for step in (1, 2, 5) if step * power <= value)
