"""A run in a folder: a character that can be used at any time, and what it takes to go on.

Files are replaced whole, so a run that is cut short leaves the last complete ones.
"""

from __future__ import annotations

import io
import pickle
import shutil
import tempfile
from pathlib import Path
from typing import Any

import torch

from models.character import MANIFEST, save_character
from models.distill.recipe import DistillError
from models.distill.training import Lessons, Training
from models.distill.training import check as check_state
from models.files import on_disk

STATE = "training.pt"
_WORK = ".writing-"


def save(training: Training, folder: Path, name: str) -> None:
    """Write the character, and until it is finished the state of its training. Raises DistillError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=_WORK) as made:
            work = Path(made)
            save_character(training.character(name), work)
            state = io.BytesIO()  # as PyTorch's own writer does not say what a full disk is
            torch.save(training.state(), state)
            (work / STATE).write_bytes(state.getbuffer())
            # The manifest last: before it, the folder is no character.
            for file in sorted(work.iterdir(), key=lambda file: file.name == MANIFEST):
                on_disk(file)
                file.replace(folder / file.name)
        if training.finished:
            (folder / STATE).unlink()
    except OSError as error:
        raise DistillError(f"{folder} cannot be written: {error.strerror}.") from None


def check(folder: Path, lessons: Lessons, picture: torch.Tensor | None = None) -> None:
    """Raises DistillError where a folder holds the state of other lessons, or of another picture."""
    if (state := _state(folder)) is not None:
        check_state(state, lessons, picture)


def resume(training: Training, folder: Path) -> bool:
    """Go on from what a folder holds, where it holds a state. Raises DistillError for one of another run."""
    if (state := _state(folder)) is None:
        return False
    training.restore(state)
    for left in folder.glob(f"{_WORK}*"):
        shutil.rmtree(left, ignore_errors=True)
    return True


def _state(folder: Path) -> dict[str, Any] | None:
    path = folder / STATE
    if not path.is_file():
        return None
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError):
        raise DistillError(f"{path} is damaged; name another folder, and begin --from this one.") from None
    return state
