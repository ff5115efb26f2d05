"""Made-up motion: smooth, endless and the same for the same seed."""

import numpy as np
from numpy.typing import NDArray

from bunraku_client.welcome import Parameters

_WAVES = 3
_SLOWEST_HZ, _FASTEST_HZ = 0.1, 0.9


class Motion:
    """Every parameter swings through its range as the mean of three sine waves of its own."""

    def __init__(self, parameters: Parameters, seed: int) -> None:
        draw = np.random.default_rng(seed)
        shape = (_WAVES, len(parameters.names))
        self._middle = (parameters.high + parameters.low) / 2
        self._reach = (parameters.high - parameters.low) / 2
        self._hertz = draw.uniform(_SLOWEST_HZ, _FASTEST_HZ, shape)
        self._turns = draw.uniform(0, 1, shape)

    def at(self, seconds: float) -> NDArray[np.float32]:
        """The pose at that moment, float32 (n,) within the parameters' ranges."""
        waves = np.sin(2 * np.pi * (self._hertz * seconds + self._turns))
        pose: NDArray[np.float32] = (self._middle + self._reach * waves.mean(axis=0)).astype(np.float32)
        return pose
