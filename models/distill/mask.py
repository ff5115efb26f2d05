"""Which pixels of the face move: eyebrows, eyes, mouth and chin (THA4 §5.2)."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from models.distill.poses import Poses
from models.teachers.teacher import Teacher

_MOVES = 0.2  # of the range of 2 of a network-space channel
_THIN = 3  # pixels: narrower traces are outlines that tremble, not organs
_MARGIN = 7  # pixels around what moves


def movable(teacher: Teacher, seed: int = 0, count: int = 64) -> torch.Tensor:
    """Float32 (128, 128), 1 where the teacher's face changes over `count` expressions and around, else 0."""
    poses = torch.from_numpy(Poses(seed).at(0, count))
    poses[:, 39:] = 0
    rest = teacher.faces(torch.zeros(1, poses.shape[1]))
    moved = torch.zeros_like(rest[0, 0])
    for pose in poses:
        change = (teacher.faces(pose[None]) - rest).abs().amax(dim=(0, 1))
        moved = torch.maximum(moved, change)
    return _grown((moved > _MOVES).float())


def _grown(mask: torch.Tensor) -> torch.Tensor:
    core = -F.max_pool2d(-mask[None], _THIN, 1, _THIN // 2)
    return F.max_pool2d(core, 2 * _MARGIN + _THIN, 1, _MARGIN + _THIN // 2)[0]
