"""Which pixels of the face move: eyebrows, eyes, mouth and chin (THA4 §5.2)."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage

from models.distill.poses import Poses
from models.pose import NAMES
from models.student import SIZES
from models.teachers.teacher import Teacher

MOUTH = [number for number, name in enumerate(NAMES[: SIZES.face_pose]) if name.startswith("mouth")]
EYES = [number for number in range(SIZES.face_pose) if number not in MOUTH]

# Of the range of 2 of a network-space channel. An eye moves much; a chin is a thin line that moves less.
_EYE_MOVES, _MOUTH_MOVES = 0.4, 0.3
_EYE_MARGIN, _MOUTH_MARGIN = 4, 9
_APART = 6  # pixels between an eye and its eyebrow, at most
_LEAST = 30  # pixels of a piece that counts; less is an outline that trembles

Mask = NDArray[np.bool_]


def movable(teacher: Teacher, seed: int = 0, count: int = 64) -> torch.Tensor:
    """Float32 (128, 128): 1 in a rectangle around each eye with its eyebrow, and around mouth and chin.

    The teacher says where: its face changes there over `count` expressions of the eyes, and of the mouth.
    """
    poses = torch.from_numpy(Poses(seed).at(0, count))
    eyes = _solid(_moved(teacher, poses, EYES) > _EYE_MOVES)
    mouth = _moved(teacher, poses, MOUTH) > _MOUTH_MOVES
    mask = np.zeros_like(eyes)
    for eye in _pieces(eyes, _APART):
        mask |= _around(eye, _EYE_MARGIN)
    if parts := _pieces(mouth, 0):
        mask |= _around(np.logical_or.reduce(parts), _MOUTH_MARGIN)
    return torch.from_numpy(mask).float()


def _moved(teacher: Teacher, poses: torch.Tensor, numbers: list[int]) -> NDArray[np.float32]:
    """How far each pixel goes from rest, at most, when these numbers alone are as in poses."""
    only = torch.zeros_like(poses)
    only[:, numbers] = poses[:, numbers]
    rest = teacher.faces(torch.zeros_like(poses[:1]))
    changes = [(teacher.faces(pose[None]) - rest).abs().amax(dim=(0, 1)) for pose in only]
    most: NDArray[np.float32] = torch.stack(changes).amax(dim=0).cpu().numpy()
    return most


def _solid(mask: Mask) -> Mask:
    """Without lines: what is three pixels wide."""
    solid: Mask = ndimage.binary_opening(mask, np.ones((3, 3)))
    return solid


def _pieces(mask: Mask, apart: int) -> list[Mask]:
    """Parts of a mask that are large enough; what is no further apart than so many pixels is one part."""
    joined = ndimage.binary_dilation(mask, iterations=apart // 2) if apart else mask
    labels, count = ndimage.label(joined, np.ones((3, 3)))
    pieces = [mask & (labels == number) for number in range(1, count + 1)]
    return [piece for piece in pieces if piece.sum() >= _LEAST]


def _around(piece: Mask, margin: int) -> Mask:
    """The rectangle around a piece, and a margin."""
    spans = [np.flatnonzero(piece.any(axis=axis)) for axis in (1, 0)]
    rows, columns = (slice(max(0, span[0] - margin), span[-1] + 1 + margin) for span in spans)
    rectangle = np.zeros_like(piece)
    rectangle[rows, columns] = True
    return rectangle
