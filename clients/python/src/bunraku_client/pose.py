"""The three ways to give a pose, checked before they are sent."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bunraku_client.errors import InvalidInputError

PARAMETERS = 45
PoseValues = Mapping[str, float] | Sequence[float] | NDArray[Any]


def checked(values: PoseValues) -> dict[str, float] | list[float] | NDArray[np.float32]:
    """The values as they go into a message.

    A map of parameter name to number is a sparse change to the last pose; 45 numbers or an array of shape
    (45,) are a whole pose. The server clamps to each parameter's range. Raises `InvalidInputError` for
    another count, NaN or infinity.
    """
    if isinstance(values, Mapping):
        return {str(name): _finite(name, number) for name, number in values.items()}
    pose = whole(values)
    return pose if isinstance(values, np.ndarray) else [float(number) for number in values]


def whole(values: Sequence[float] | NDArray[Any]) -> NDArray[np.float32]:
    """Return a whole pose as float32 of shape (45,); raises `InvalidInputError`."""
    try:
        pose = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidInputError("A pose is 45 numbers or a map of parameter name to number.") from error
    if pose.shape != (PARAMETERS,):
        raise InvalidInputError(f"A pose is {PARAMETERS} numbers, not an array of shape {pose.shape}.")
    if not np.isfinite(pose).all():
        raise InvalidInputError("A pose holds finite numbers only.")
    return np.clip(pose, -1e30, 1e30).astype(np.float32)


def _finite(name: str, number: float) -> float:
    if isinstance(number, (str, bytes)) or not isinstance(number, (int, float, np.number)):
        raise InvalidInputError(f"The pose parameter {name!r} is not a number.")
    if not math.isfinite(number):
        raise InvalidInputError(f"The pose parameter {name!r} is not a finite number.")
    return float(number)
