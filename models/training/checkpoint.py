"""A run in a folder: the network under its released name, and what it takes to go on.

Files are replaced whole, so a run that is cut short, even by a power cut, leaves the last complete ones.
"""

from __future__ import annotations

import pickle
from pathlib import Path

import torch

from models.files import replacing
from models.training.course import TrainingError
from models.training.training import Training
from models.weights import write_weights


def weights_in(folder: Path, network: str) -> Path:
    """The file of a network's weights."""
    return folder / f"{network}.pt"


def state_in(folder: Path, network: str) -> Path:
    """The file of its unfinished training."""
    return folder / f"{network}.training"


def save(training: Training, folder: Path) -> None:
    """Write the weights, and until it is finished the state of the training. Raises TrainingError."""
    name = training.course.network
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with replacing(weights_in(folder, name), durable=True) as part:
            write_weights(training.network.state_dict(), part)
        if training.finished:
            state_in(folder, name).unlink(missing_ok=True)
        else:
            with replacing(state_in(folder, name), durable=True) as part:
                torch.save(training.state(), part)
    except OSError as error:
        raise TrainingError(f"{folder} cannot be written: {error.strerror}.") from None


def resume(training: Training, folder: Path) -> bool:
    """Go on from what a folder holds, where it holds a state.

    Raises TrainingError for a state of another run, and for weights without one: they are finished.
    """
    name = training.course.network
    path = state_in(folder, name)
    if not path.is_file():
        if weights_in(folder, name).exists():
            raise TrainingError(f"{weights_in(folder, name)} is there already; name another folder.")
        return False
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError):
        raise TrainingError(f"{path} is damaged; remove it and the weights to begin again.") from None
    training.restore(state)
    return True
