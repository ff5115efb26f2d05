"""Where this platform keeps what programs of one user leave behind."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path


def cache_folder(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    """For what can be fetched again."""
    return _folder(environment, platform, "Library/Caches", "XDG_CACHE_HOME", ".cache")


def state_folder(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    """For what must be the same next time."""
    return _folder(environment, platform, "Library/Application Support", "XDG_STATE_HOME", ".local/state")


def _folder(environment: Mapping[str, str], platform: str, mac: str, variable: str, other: str) -> Path:
    if platform == "win32":
        base = environment.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif platform == "darwin":
        base = Path.home() / mac
    else:
        base = environment.get(variable) or Path.home() / other
    return Path(base) / "bunraku"
