"""A plan for benches in tests: a head that goes from side to side."""

import numpy as np

from models.pose import DEFAULT
from server.performing import Plan


def moving(**changes: object) -> Plan:
    """Twenty poses a second of one character; what is named is changed."""
    poses = np.tile(DEFAULT, (20, 1))
    poses[:, 39] = np.linspace(-1, 1, 20)
    fields = {
        "characters": ["ada", "bea"],
        "poses": poses,
        "fps": 20.0,
        "size": 128,
        "codec": "raw",
        "seconds": 1.0,
    }
    return Plan(**{**fields, **changes})  # type: ignore[arg-type]
