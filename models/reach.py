"""Which pixels a character shows, so that the others need not be drawn.

Most of a character's picture is empty at every pose. Where that is so cannot be read from the weights: it is
found by drawing the character at very many poses (`models/survey.py`), and kept beside the character as
`reach.png`, which one can look at: what is white is shown near rest, what is grey further from it.
"""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, PngImagePlugin

from models.files import read_bounded, replacing
from models.pose import Pose
from models.weights import WeightsError

FILE = "reach.png"
FILE_BYTES = 2**18

# The size of the pictures in which a frame is searched for what its character was never seen to show.
GLANCE = 128

# Where the parameters of the face end, and those that turn head and body.
FACE = 39
TURNS = 44

# Cells are two pixels of 512 wide, one pixel of 256.
CELLS = 256

# Poses have grades. A pose is of the first whose limits hold the sum of the five numbers that turn head and
# body, and that of the 39 of the face, all regardless of sign.
LIMITS = ((3.5, 5.0), (5.0, 8.0))

# Beyond all limits students leave what they were trained on, and specks appear where nothing should be: such
# poses show everything.
WILD = len(LIMITS)

# What stands in a cell: the brighter, the lower is the first grade whose poses show it.
SHADES = (255, 128, 0)

# An eighth of an 8-bit step of alpha, in network space. It is not seen yet, but where one pose passes it,
# another may pass a whole step.
FAINT = -1 + 2 * 0.125 / 255

_KEY = "character"
# Compared before anything is decoded: 8-bit grey, of the right size.
_HEAD = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">IIBB", CELLS, CELLS, 8, 0)


@dataclass(frozen=True, eq=False)
class Reach:
    """uint8 (256, 256): for each cell of the picture the shade of the first grade that shows it."""

    cells: torch.Tensor

    def __post_init__(self) -> None:
        if self.cells.shape != (CELLS, CELLS) or self.cells.dtype != torch.uint8:
            raise ValueError(f"A reach must be {CELLS} by {CELLS} bytes, not {list(self.cells.shape)}.")

    def shown(self, size: int, grade: int) -> torch.Tensor:
        """Pixels of a picture of that size that poses up to that grade may show, bool (size, size)."""
        cells = self.cells >= SHADES[grade]
        if size > CELLS:
            return cells.repeat_interleave(size // CELLS, 0).repeat_interleave(size // CELLS, 1)
        return F.max_pool2d(cells[None].float(), CELLS // size)[0] > 0

    def saves(self, grade: int) -> bool:
        """Whether there is anything that poses of that grade do not show."""
        return self._least < SHADES[grade]

    @cached_property
    def _least(self) -> int:
        return int(self.cells.min())


def grade_of(pose: Pose) -> int:
    """How far a pose (45,) is from rest: 0 up to WILD."""
    sizes = np.abs(pose)
    turns, face = sizes[FACE:TURNS].sum(), sizes[:FACE].sum()
    fitting = (grade for grade, (most, facial) in enumerate(LIMITS) if turns <= most and face <= facial)
    return next(fitting, WILD)


def digest_of(files: Iterable[Path]) -> str:
    """What a reach belongs to: the picture and the weights, whatever their names. Raises OSError."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def write_reach(reach: Reach, digest: str, folder: Path) -> None:
    """Write `reach.png` into a character's folder, all at once. Raises OSError."""
    about = PngImagePlugin.PngInfo()
    about.add_text(_KEY, digest)
    with replacing(folder / FILE) as part:
        Image.fromarray(reach.cells.numpy()).save(part, pnginfo=about)


def read_reach(folder: Path, files: Iterable[Path]) -> Reach | None:
    """The reach in a character's folder; None where there is none, or it is not of these files."""
    try:
        data = read_bounded(folder / FILE, FILE_BYTES, WeightsError)
        if not data.startswith(_HEAD):
            return None
        with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            cells = np.array(image)
            return Reach(torch.from_numpy(cells)) if image.info.get(_KEY) == digest_of(files) else None
    except (WeightsError, OSError, SyntaxError, ValueError, zlib.error, struct.error):
        return None
