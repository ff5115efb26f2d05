"""How far stages of a picture are from those that the released program drew."""

from collections.abc import Mapping
from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from models.compose import Stages
from models.view import FULL


def differences(got: Stages, golden: Mapping[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
    """By stage, of the first picture. Of the warped one what its flow does not explain.

    A flow that is rounded otherwise moves edges, by so much and no more.
    """
    off = {
        field.name: np.abs(getattr(got, field.name)[0].numpy() - golden[field.name]) for field in fields(got)
    }
    pixels = off["flow"].max(axis=0) * FULL / 2
    off["warped"] = off["warped"] - 2 * _contrast(golden["warped"]) * pixels
    return off


def _contrast(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """How far each value is from its eight neighbours, at most."""
    steps = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    moved = np.stack([np.roll(picture, step, axis=(1, 2)) for step in steps])
    most: NDArray[np.float32] = np.abs(moved - picture).max(axis=0)
    return most
