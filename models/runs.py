"""A run of pictures to compare with another: kept in a file, or drawn now by whatever can pose."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from models.teachers.teacher import Teacher

SUFFIX = ".npz"


class RunError(ValueError):
    """A run that cannot be compared; the message is one plain sentence."""


def kept(path: Path, count: int) -> Iterator[torch.Tensor]:
    """The frames of an `.npz` as `models.render` writes it, network space float32 (4, h, w), one by one.

    Raises RunError for a file that is missing, damaged, no such file, or not of `count` frames.
    """
    frames = _frames(path)
    if frames.ndim != 4 or frames.shape[1] != 4 or frames.dtype.kind != "f":
        raise RunError(f"{path.name} must hold frames of the shape (N, 4, h, w), not {frames.shape}.")
    if len(frames) != count:
        raise RunError(f"{path.name} holds {len(frames)} frames, and there are {count} poses.")
    return (torch.from_numpy(frame.astype(np.float32)) for frame in frames)


def posed(teacher: Teacher, poses: NDArray[np.float32]) -> Iterator[torch.Tensor]:
    """A picture at poses (N, 45), one by one: network space float32 (4, 512, 512) on the CPU."""
    for pose in poses:
        yield teacher.pose(torch.from_numpy(pose)[None]).posed[0].float().cpu()


def paired(
    one: Iterator[torch.Tensor], other: Iterator[torch.Tensor]
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Both runs side by side. Raises RunError where their pictures differ in size."""
    for mine, theirs in zip(one, other, strict=True):
        if mine.shape != theirs.shape:
            sizes = [f"{frame.shape[2]} by {frame.shape[1]}" for frame in (mine, theirs)]
            raise RunError(f"The pictures of the two runs differ in size: {sizes[0]} and {sizes[1]}.")
        yield mine, theirs


def _frames(path: Path) -> NDArray[np.generic]:
    try:
        with np.load(path, allow_pickle=False) as file:
            return np.asarray(file["frames"])
    except OSError as error:
        raise RunError(f"{path} cannot be read: {error.strerror or 'it is damaged'}.") from None
    except KeyError:
        raise RunError(f"{path.name} has no array named frames.") from None
    except (ValueError, EOFError, zipfile.BadZipFile, AttributeError, TypeError):
        raise RunError(f"{path.name} is damaged: it is not an .npz of frames.") from None
