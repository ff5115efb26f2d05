"""Expressions: poses with a name, of as many parameters as they need; shipped, or from a JSON file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from models.mixer import layer
from models.pose import PoseError

Expression = Mapping[str, float]


def _both(**values: float) -> dict[str, float]:
    return {f"{name}_{side}": value for name, value in values.items() for side in ("left", "right")}


SHIPPED: Mapping[str, Expression] = MappingProxyType(
    {
        "happy": _both(eyebrow_happy=1.0, eye_happy_wink=1.0, mouth_raised_corner=1.0),
        "angry": _both(eyebrow_angry=1.0, eye_unimpressed=0.4, mouth_lowered_corner=0.8),
        "sad": _both(eyebrow_troubled=1.0, eye_relaxed=0.4, mouth_lowered_corner=1.0),
        "surprised": _both(eyebrow_raised=1.0, eye_surprised=1.0, iris_small=0.4) | {"mouth_ooo": 0.5},
        "smug": _both(eyebrow_raised=0.4, eye_unimpressed=0.7) | {"mouth_smirk": 1.0},
        "wink": {"eye_wink_left": 1.0} | _both(mouth_raised_corner=0.8),
    }
)
"""Parameters by expression."""


def read_expressions(path: Path) -> dict[str, Expression]:
    """The shipped expressions and those of a JSON file, name -> parameter -> number, which come first.

    Raises PoseError for a file that cannot be read, or an expression that names no parameters.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PoseError(f"The expressions {path} cannot be read: {error.strerror}.") from None
    except ValueError:
        raise PoseError(f"The expressions {path} are not JSON.") from None
    if not isinstance(found, dict) or not all(isinstance(one, dict) for one in found.values()):
        raise PoseError(f"The expressions {path} must be a map of names to maps of parameters.")
    for values in found.values():
        layer(values)
    return {**SHIPPED, **found}


def save_expressions(expressions: Mapping[str, Expression], path: Path) -> None:
    """Write expressions as `read_expressions` takes them. Raises PoseError where one cannot be used."""
    for values in expressions.values():
        layer(values)
    text = json.dumps({name: dict(values) for name, values in expressions.items()}, indent=2)
    try:
        path.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise PoseError(f"The expressions {path} cannot be written: {error.strerror}.") from None
