"""Profiles by name, and from TOML files: how much of a face a character needs to see before it moves.

preset = "natural"              # what is not named below is taken from here
brow_down_as = "serious"
blink = [0.2, 0.5]              # dead zone and full value of the measure
body_yaw = [10, 45, 0.5]        # and the most that the parameter may reach
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from models.measures import STANDARD, Profile, Ramp
from models.pose import PoseError

_STYLES = {
    "brow_down_as": ("angry", "troubled", "lowered", "serious"),
    "squint_as": ("raised_lower_eyelid", "relaxed", "unimpressed"),
}


def _stretched(factor: float, limit: float = 1.0) -> Profile:
    """The standard profile with every ramp this much longer, but for the lids: a blink is always whole."""
    ramps = {}
    for one in fields(Profile):
        ramp = getattr(STANDARD, one.name)
        if isinstance(ramp, Ramp) and one.name not in ("blink", "wink", "happy_wink"):
            ramps[one.name] = Ramp(ramp.start, ramp.start + factor * (ramp.full - ramp.start), limit)
    return replace(STANDARD, **ramps)  # type: ignore[arg-type]


PRESETS: Mapping[str, Profile] = MappingProxyType(
    {"natural": STANDARD, "lively": _stretched(0.7), "subtle": _stretched(1.4, 0.8)}
)


def find_profile(name: str) -> Profile:
    """The preset of that name, or the profile in that TOML file.

    Raises PoseError where there is neither, or the file cannot be used.
    """
    if name in PRESETS:
        return PRESETS[name]
    if not name.endswith(".toml"):
        raise PoseError(f"There is no tracking profile {name[:60]!r}; there are {', '.join(PRESETS)}.")
    try:
        values = tomllib.loads(Path(name).read_text(encoding="utf-8"))
    except OSError as error:
        raise PoseError(f"The tracking profile {name} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        raise PoseError(f"The tracking profile {name} is not TOML: {error}.") from None
    return profile_of(values)


def profile_of(values: Mapping[str, Any]) -> Profile:
    """A profile from the keys of a TOML file. Raises PoseError for a key or value that cannot be used."""
    base = values.get("preset", "natural")
    if base not in PRESETS:
        raise PoseError(f"There is no preset {base!r}; there are {', '.join(PRESETS)}.")
    chosen = {name: _value(name, value) for name, value in values.items() if name != "preset"}
    return replace(PRESETS[base], **chosen)


def _value(name: str, value: Any) -> Any:
    if name in _STYLES:
        if value not in _STYLES[name]:
            raise PoseError(f"{name} must be one of {', '.join(_STYLES[name])}.")
        return value
    if name not in {one.name for one in fields(Profile) if one.init}:
        raise PoseError(f"A tracking profile has no {name[:60]!r}.")
    try:
        return Ramp(*value)
    except (TypeError, ValueError):
        raise PoseError(f"{name} must be [start, full] or [start, full, limit], 0 <= start < full.") from None
