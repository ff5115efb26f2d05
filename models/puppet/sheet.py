"""A sheet of a puppet: every parameter at its ends, with its name under it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from models.pictures import to_display
from models.pose import DEFAULT, PARAMETERS, Parameter, Pose, changed
from models.puppet.puppet import Puppet
from models.regions import FACE_BOX

_CELL, _LABEL, _COLUMNS = 224, 18, 8
_PAPER, _INK = (226, 230, 238), (50, 48, 66)
_FACIAL = 39


def draw_sheet(puppet: Puppet) -> Image.Image:
    """An RGB picture: the face for facial parameters, the whole picture for the others."""
    shown = list(cells())
    rows = -(-len(shown) // _COLUMNS)
    sheet = Image.new("RGB", (_COLUMNS * _CELL, rows * (_CELL + _LABEL)), _PAPER)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(12)
    for number, (label, pose, whole) in enumerate(shown):
        x, y = number % _COLUMNS * _CELL, number // _COLUMNS * (_CELL + _LABEL)
        sheet.paste(_picture(puppet, pose, whole), (x, y))
        pen.text((x + _CELL / 2, y + _CELL + _LABEL / 2), label, _INK, font, anchor="mm")
    return sheet


def cells() -> Iterator[tuple[str, Pose, bool]]:
    """Each cell of the sheet: its label, its pose, and whether the whole picture is shown."""
    yield "at rest", DEFAULT, True
    for parameter in PARAMETERS:
        for value in _ends(parameter):
            label = parameter.name if parameter.minimum == 0 else f"{parameter.name} {value:+.0f}"
            yield label, changed(DEFAULT, {parameter.name: value}), parameter.index >= _FACIAL


def _ends(parameter: Parameter) -> tuple[float, ...]:
    return (parameter.maximum,) if parameter.minimum == 0 else (parameter.minimum, parameter.maximum)


def _picture(puppet: Puppet, pose: Pose, whole: bool) -> Image.Image:
    pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
    pixels = to_display(puppet.pose(pose).posed[None], _PAPER)[0, ..., :3].numpy()
    picture = Image.fromarray(np.ascontiguousarray(pixels))
    if not whole:
        picture = picture.crop(FACE_BOX)
    return picture.resize((_CELL, _CELL), Image.Resampling.LANCZOS)
