"""A few lines over time as an SVG picture, for the documents and for whoever watches a run. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

_WIDTH, _PANEL, _LEFT, _RIGHT, _TOP, _BOTTOM = 860, 130, 70, 30, 22, 32
_TITLE = 34  # above each panel
_LETTER = 7  # wide, about
_DOTTED = 60  # points that are marked one by one, at most
_PAPER, _INK, _LINE, _BANDS = "#fffdf9", "#3b3844", "#2f8f5b", ("#f4f1ea", "#e9e3d6")


@dataclass(frozen=True)
class Panel:
    """One curve: (time, value) in order of time, over an axis of round numbers.

    axis: begins at 0; or near the lowest value; or in ratios, for values above 0. note: stands at the other
    end of the title's line.
    """

    title: str
    points: Sequence[tuple[float, float]]
    axis: Literal["zero", "fitted", "ratios"] = "zero"
    note: str = ""


def plot(panels: Sequence[Panel], spans: Sequence[tuple[str, float]], unit: str = "s") -> str:
    """Panels below each other over one time axis, which `spans` (name, length) fill one after another.

    unit: of what is here called time.
    """
    whole = sum(length for _, length in spans)
    height = _TOP + len(panels) * (_TITLE + _PANEL) + _BOTTOM
    tops = [_TOP + _TITLE + number * (_TITLE + _PANEL) for number in range(len(panels))]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        f'font-family="sans-serif" font-size="12" fill="{_INK}">',
        f'<rect width="{_WIDTH}" height="{height}" fill="{_PAPER}"/>',
        *_bands(spans, whole, tops),
        *_times(whole, unit, tops),
    ]
    for panel, top in zip(panels, tops, strict=True):
        parts += _panel(panel, top, whole)
    return "\n".join([*parts, "</svg>\n"])


def round_numbers(low: float, high: float, most: float) -> list[float]:
    """Round numbers at equal distances, `most` or fewer between the ends; they reach from `low` to `high`."""
    least = (high - low) / most
    power = 10.0 ** math.floor(math.log10(least))
    step = next(size * power for size in (1, 2, 5, 10) if size * power >= 0.999 * least)
    return [number * step for number in range(math.floor(low / step), math.ceil(high / step) + 1)]


def round_ratios(low: float, high: float, most: int) -> list[float]:
    """1, 2, 5, 10 and so on, from `low`, which is above 0, to `high`; of more than `most`, powers of ten."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    numbers = [size * 10.0**power for power in powers for size in (1, 2, 5)]
    first = max(place for place, number in enumerate(numbers) if number <= 1.001 * low)
    last = min(place for place, number in enumerate(numbers) if number >= 0.999 * high)
    inside = numbers[first : last + 1]
    return inside if len(inside) <= most else [10.0**power for power in powers]


def _bands(spans: Sequence[tuple[str, float]], whole: float, tops: Sequence[float]) -> Iterator[str]:
    begin = 0.0
    for number, (name, length) in enumerate(spans):
        left, wide = _across(begin, whole), _across(length, whole) - _LEFT
        for top in tops:
            yield (
                f'<rect x="{left:.1f}" y="{top}" width="{wide:.1f}" height="{_PANEL}" '
                f'fill="{_BANDS[number % 2]}"/>'
            )
        if wide >= _LETTER * len(name):
            yield f'<text x="{left + wide / 2:.1f}" y="{_TOP - 4}" text-anchor="middle">{escape(name)}</text>'
        begin += length


def _times(whole: float, unit: str, tops: Sequence[float]) -> Iterator[str]:
    low = tops[-1] + _PANEL + 18
    yield f'<text x="{_LEFT - 14}" y="{low}" text-anchor="end">{escape(unit)}</text>'
    # Of a few steps, none is divided.
    for time in round_numbers(0, whole, max(1, min(8, whole))):
        if time <= whole:
            x = _across(time, whole)
            yield f'<text x="{x:.1f}" y="{low}" text-anchor="middle">{_number(time)}</text>'
            for top in tops:
                yield _rule(x, x, top, top + _PANEL)


def _panel(panel: Panel, top: float, whole: float) -> Iterator[str]:
    levels, place = _levels(panel), math.log10 if panel.axis == "ratios" else float
    low, high = place(levels[0]), place(levels[-1])
    yield f'<text x="{_LEFT}" y="{top - 9}" font-weight="bold">{escape(panel.title)}</text>'
    yield f'<text x="{_WIDTH - _RIGHT}" y="{top - 9}" text-anchor="end">{escape(panel.note)}</text>'
    for level in levels:
        y = top + _PANEL * (high - place(level)) / (high - low)
        yield _rule(_LEFT, _WIDTH - _RIGHT, y, y)
        yield f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{_number(level)}</text>'
    places = [
        (_across(time, whole), top + _PANEL * (high - place(value)) / (high - low))
        for time, value in panel.points
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    yield f'<polyline points="{line}" fill="none" stroke="{_LINE}" stroke-width="1.6"/>'
    if len(places) <= _DOTTED:
        yield from (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.8" fill="{_LINE}"/>' for x, y in places)


def _levels(panel: Panel) -> list[float]:
    values = [value for _, value in panel.points] or [1.0]
    low, high = min(values), max(values)
    # A curve that is level, or of one point, lies in the middle of something.
    room = 0.0 if high > low else abs(high) / 20 or 1.0
    if panel.axis == "ratios":
        return round_ratios(low - room, high + room, 7)
    return round_numbers(low - room if panel.axis == "fitted" else 0.0, high + room, 4)


def _rule(left: float, right: float, top: float, bottom: float) -> str:
    return (
        f'<line x1="{left:.1f}" x2="{right:.1f}" y1="{top:.1f}" y2="{bottom:.1f}" stroke="{_INK}" '
        'stroke-opacity="0.13"/>'
    )


def _number(value: float) -> str:
    return f"{value:,.10g}"


def _across(time: float, whole: float) -> float:
    return _LEFT + (_WIDTH - _RIGHT - _LEFT) * time / whole
