"""Which pixels a character can ever show, so that the others need not be drawn.

Most of a character's picture is empty at every pose. Where that is so cannot be read from the weights: it is
found by drawing the character at very many poses (`models/survey.py`), and kept beside the character as
`reach.png`, which one can look at: black is never shown, white may be, grey only at wild poses.
"""

from __future__ import annotations

import hashlib
import io
import os
import struct
import zlib
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

# Cells are two pixels of 512 wide, one pixel of 256.
CELLS = 256

# What a cell is shown at: no pose, wild poses only, or calm poses too.
NEVER, WILD, CALM = 0, 128, 255

# The sum of a pose's numbers, regardless of sign, up to which it is calm: no person before a camera gets that
# far. Beyond, students leave what they were trained on, and specks appear in the empty part of the picture.
CALM_SUM = 14.0

_KEY = "character"
# Compared before anything is decoded: 8-bit grey, of the right size.
_HEAD = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">IIBB", CELLS, CELLS, 8, 0)


@dataclass(frozen=True, eq=False)
class Reach:
    """uint8 (256, 256): for each cell of the picture NEVER, WILD or CALM."""

    cells: torch.Tensor

    def __post_init__(self) -> None:
        if self.cells.shape != (CELLS, CELLS) or self.cells.dtype != torch.uint8:
            raise ValueError(f"A reach must be {CELLS} by {CELLS} bytes, not {list(self.cells.shape)}.")

    def shown(self, size: int, calm: bool) -> torch.Tensor:
        """Pixels that may be shown of a picture of that size, bool (size, size), at calm poses or at all."""
        cells = self.cells >= (CALM if calm else WILD)
        if size > CELLS:
            return cells.repeat_interleave(size // CELLS, 0).repeat_interleave(size // CELLS, 1)
        return F.max_pool2d(cells[None].float(), CELLS // size)[0] > 0

    def box(self, calm: bool) -> tuple[int, int, int, int]:
        """(left, top, right, bottom) around them in 512-space, right and bottom excluded; all 0 for none."""
        rows, columns = torch.nonzero(self.shown(FULL, calm), as_tuple=True)
        if not len(rows):
            return 0, 0, 0, 0
        return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1

    @property
    def whole(self) -> bool:
        """Whether calm poses already show every pixel, so that nothing can be left out."""
        return bool((self.cells == CALM).all())


def is_calm(pose: Pose) -> bool:
    """Whether a pose (45,) moves no more at once than a performer does."""
    return float(np.abs(pose).sum()) <= CALM_SUM


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
