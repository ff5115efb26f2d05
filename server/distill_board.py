"""The figures of a distillation for TensorBoard, where that is installed."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

FOLDER = "tensorboard"


class Board(Protocol):
    """What takes a figure at a step."""

    def add_scalar(self, tag: str, scalar_value: float, global_step: int) -> None:
        """Note one figure."""
        ...


class NoBoard:
    """Where nobody looks."""

    def add_scalar(self, tag: str, scalar_value: float, global_step: int) -> None:
        """As `Board.add_scalar`."""


def find_board(folder: Path) -> Board:
    """One that writes to `tensorboard` in the folder, or none where it is not installed."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return NoBoard()
    return SummaryWriter(folder / FOLDER)  # type: ignore[no-untyped-call, no-any-return, unused-ignore]
