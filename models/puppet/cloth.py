"""How cloth is drawn: a panel with its shades and its pen line, and folds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from models.puppet.colours import chroma, darker, mix, vivid, warmth
from models.puppet.curves import Point, Points, mirrored, pen, shape
from models.puppet.drawing import Drawing


@dataclass(frozen=True)
class Fabric:
    """A colour of cloth with its shadow and its line."""

    base: str
    shade: str
    line: str


def fabric(colour: str) -> Fabric:
    """Shadow and line for a colour of cloth; the shadow of white is lavender."""
    tint = mix("#8a80c8", mix("#3148b4", "#c9486a", warmth(colour)), min(1.0, chroma(colour) / 0.1))
    shade = mix(vivid(darker(colour, 0.12, 0.0), 1.15), tint, 0.15)
    return Fabric(colour, shade, mix(vivid(darker(colour, 0.55), 1.0), "#35284a", 0.5))


def panel(
    drawing: Drawing,
    cloth: Fabric,
    runs: Sequence[Points],
    shades: Sequence[Sequence[Points]] = (),
    folds: Sequence[Points] = (),
    line: float = 1.3,
) -> None:
    """One piece of cloth: its outline is `runs`; `shades` are outlines within it, `folds` are pen lines."""
    path = shape(*runs)
    drawing.fill(path, cloth.base)
    with drawing.inside(path):
        for one in shades:
            drawing.fill(shape(*one), cloth.shade)
        for fold in folds:
            drawing.fill(pen(fold, line * 0.7, 0.15, 0.7), cloth.line, 0.8)
    for run in runs:
        drawing.fill(pen(run, line, 0.08, 0.08), cloth.line)


def mirror(runs: Sequence[Points]) -> list[list[Point]]:
    """A piece's runs on the other side, still in order."""
    return [mirrored(run)[::-1] for run in runs][::-1]
