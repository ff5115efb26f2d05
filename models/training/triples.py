"""Data to train on: pictures at rest, poses, and the posed pictures, in a folder.

The folder holds `triples.jsonl`, a line for each example: `rest` and `posed`, two pictures by their paths
in the folder, and `pose`, as in files of poses. Pictures are 512 by 512 RGBA PNGs; `rest` has the
expression already, since the body networks see only how head and body turn.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch

from models.pictures import read_picture
from models.pose import DEFAULT, Pose, PoseError, changed, from_values
from models.training.course import TrainingError

INDEX = "triples.jsonl"


@dataclass(frozen=True, eq=False)
class Triple:
    """One example: the picture at rest, network space float32 (4, s, s), a pose (45,), the posed picture."""

    rest: torch.Tensor
    pose: Pose
    posed: torch.Tensor


class Triples(Protocol):
    """Examples by number."""

    @property
    def checksum(self) -> int:
        """A number that other examples would not have."""
        ...

    def __len__(self) -> int:
        """How many there are."""
        ...

    def __getitem__(self, number: int) -> Triple:
        """One of them. Raises a ValueError that is one plain sentence where it cannot be read."""
        ...


@dataclass(frozen=True, eq=False)
class Folder:
    """The examples of a folder; pictures are read when they are asked for."""

    folder: Path
    pictures: tuple[tuple[str, str], ...]
    poses: np.ndarray
    checksum: int

    def __len__(self) -> int:
        """How many there are."""
        return len(self.pictures)

    def __getitem__(self, number: int) -> Triple:
        """One of them. Raises PictureError."""
        rest, posed = (read_picture(self.folder / name) for name in self.pictures[number])
        return Triple(rest, self.poses[number], posed)


def read_folder(folder: Path) -> Folder:
    """The examples of a folder, its index checked line by line.

    Raises TrainingError that names the line for what is no example, or a picture that is not there.
    """
    try:
        text = (folder / INDEX).read_bytes()
    except OSError:
        raise TrainingError(f"{folder} holds no {INDEX}, the index of its examples.") from None
    present = _files(folder)
    lines = [line for line in enumerate(text.splitlines(), 1) if line[1].strip()]
    found = [_example(line, f"Line {number} of {INDEX}", present) for number, line in lines]
    if not found:
        raise TrainingError(f"{folder / INDEX} holds no examples.")
    poses = np.stack([pose for _, _, pose in found])
    return Folder(folder, tuple((rest, posed) for rest, posed, _ in found), poses, zlib.crc32(text))


def line_of(rest: str, posed: str, pose: Pose) -> str:
    """The index's line of an example."""
    numbers = [round(float(value), 6) for value in pose]
    return json.dumps({"rest": rest, "posed": posed, "pose": numbers}) + "\n"


def _example(line: bytes, where: str, present: Set[str]) -> tuple[str, str, Pose]:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        raise TrainingError(f"{where} is not JSON.") from None
    if not isinstance(entry, dict) or not {"rest", "posed", "pose"} <= entry.keys():
        raise TrainingError(f"{where} must have rest, posed and pose.")
    rest, posed = (_picture(entry[key], where, present) for key in ("rest", "posed"))
    return rest, posed, _pose(entry["pose"], where)


def _picture(name: Any, where: str, present: Set[str]) -> str:
    if not isinstance(name, str) or name not in present:
        raise TrainingError(f"{where} names a picture that is not in the folder: {str(name)[:80]!r}.")
    return name


def _pose(values: Any, where: str) -> Pose:
    try:
        return changed(DEFAULT, values) if isinstance(values, dict) else from_values(values)
    except PoseError as error:
        raise TrainingError(f"{where}: {error}") from None


def _files(folder: Path) -> set[str]:
    # Looked up once: a set may have a million pictures.
    roots = ((Path(root).relative_to(folder), files) for root, _, files in os.walk(folder))
    return {(root / name).as_posix() for root, files in roots for name in files}
