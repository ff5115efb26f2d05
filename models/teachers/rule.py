"""Weights made by a rule, for tests and for measuring times and sizes where trained weights are missing.

They draw nothing sensible, but the same everywhere, so that two builds of the networks can be compared.
"""

from __future__ import annotations

import hashlib
import math

import numpy as np
import torch
from numpy.typing import NDArray

from models.teachers.system import System, Version

_GENTLE = 0.02
_FLOW_ROWS = slice(4, 6)


def by_rule(version: Version = "tha4", namespace: str = "public") -> System:
    """A system whose every weight follows from its name."""
    system = System(version).eval()
    for network, module in system.networks().items():
        weights = {
            key: torch.from_numpy(_weight(f"{namespace}/{version}", network, key, tuple(tensor.shape)))
            for key, tensor in module.state_dict().items()
        }
        module.load_state_dict(weights)
    return system


def _weight(start: str, network: str, key: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Standard normal numbers seeded by the name, scaled so that signals neither die nor explode.

    Flows are made gentle, so that warps stay in the picture.
    """
    seed = int.from_bytes(hashlib.sha256(f"{start}/{network}/{key}".encode()).digest()[:8], "little")
    x = np.random.default_rng(seed).standard_normal(shape).astype(np.float32)
    if len(shape) == 1:
        x = np.float32(1) + np.float32(0.1) * x if key.endswith("weight") else np.float32(0.1) * x
    else:
        x = x / np.float32(math.sqrt(math.prod(shape[1:])))
    if "grid_change" in key:
        x = x * np.float32(_GENTLE)
    if network in ("body_morpher", "upscaler") and key.startswith("body.last.2."):
        x[_FLOW_ROWS] *= np.float32(_GENTLE)
    return x
