"""Which pixels a character can ever show, so that the others need not be drawn.

Most of a character's picture is empty at every pose. Where that is so cannot be read from the weights: it is
found by drawing the character at very many poses (`models/survey.py`), and kept beside the character as
`reach.png`, which one can look at: black is never shown, white often, grey only far from rest.
"""

from __future__ import annotations

import hashlib
import io
import os
import struct
import zlib
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, PngImagePlugin

from models.pose import Pose
from models.view import FULL
from models.weights import WeightsError, read_bounded

FILE = "reach.png"
FILE_BYTES = 2**18

# Where the parameters begin that turn head and body.
BODY = 39

# Cells are two pixels of 512 wide, one pixel of 256.
CELLS = 256

# Poses have grades, by how far they are from rest: the further, the more of its picture a character shows. At
# the far end students leave what they were trained on, and specks appear where nothing should be.
GRADES = range(4)
WILD = GRADES[-1]

# Sums of the six numbers of head and body, regardless of sign, up to which a pose is of grade 0, and of 1.
BODY_SUMS = (3.0, 4.5)

# The sum of all numbers beyond which a pose is wild: no person before a camera gets there.
CALM_SUM = 14.0

# What stands in a cell: the brighter, the lower is the first grade whose poses show it.
SHADES = (255, 192, 128, 64)
NEVER = 0

_KEY = "character"
# Compared before anything is decoded: 8-bit grey, of the right size.
_HEAD = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">IIBB", CELLS, CELLS, 8, 0)


@dataclass(frozen=True, eq=False)
class Reach:
    """uint8 (256, 256): for each cell of the picture NEVER, or the shade of the first grade that shows it."""

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

    def box(self, grade: int) -> tuple[int, int, int, int]:
        """(left, top, right, bottom) around them in 512-space, right and bottom excluded; all 0 for none."""
        rows, columns = torch.nonzero(self.shown(FULL, grade), as_tuple=True)
        if not len(rows):
            return 0, 0, 0, 0
        return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1

    @property
    def whole(self) -> bool:
        """Whether every grade shows every pixel, so that nothing can be left out."""
        return bool((self.cells == SHADES[0]).all())


def grade_of(pose: Pose) -> int:
    """How far a pose (45,) is from rest: 0 to 3."""
    sums = np.abs(pose)
    if sums.sum() > CALM_SUM:
        return WILD
    return bisect_left(BODY_SUMS, float(sums[BODY:].sum()))


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
    part = folder / f".{FILE}.{os.getpid()}.part"
    try:
        Image.fromarray(reach.cells.numpy()).save(part, format="PNG", pnginfo=about)
        part.replace(folder / FILE)
    finally:
        part.unlink(missing_ok=True)


def read_reach(folder: Path, files: Iterable[Path]) -> Reach | None:
    """The reach in a character's folder; None where there is none, or it is not of these files."""
    try:
        data = read_bounded(folder / FILE, FILE_BYTES)
        if not data.startswith(_HEAD):
            return None
        with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            cells = np.array(image)
            return Reach(torch.from_numpy(cells)) if image.info.get(_KEY) == digest_of(files) else None
    except (WeightsError, OSError, SyntaxError, ValueError, zlib.error, struct.error):
        return None
