"""The neutral face of each tracker, kept in the user's own configuration."""

import json
import math
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bunraku_client.errors import InvalidInputError, reason
from bunraku_client.mocap.tracked import Head, Tracked

# A neutral look taken in mid-blink or mid-word must not keep an eye from closing or a mouth from opening.
_MOST = 0.3


@dataclass(frozen=True)
class Neutral:
    """A person at rest before a tracker: what is taken from every look."""

    blendshapes: Mapping[str, float] = field(default_factory=dict)
    head: Head = (0.0, 0.0, 0.0)

    @classmethod
    def mean(cls, looks: Sequence[Tracked]) -> "Neutral":
        """The mean of some looks; raises `InvalidInputError` where there is none."""
        if not looks:
            raise InvalidInputError("No face came to calibrate with.")
        names = {name for look in looks for name in look.blendshapes}
        shapes = {
            name: sum(look.blendshapes.get(name, 0.0) for look in looks) / len(looks)
            for name in sorted(names)
        }
        heads = [look.head for look in looks if look.head is not None] or [(0.0, 0.0, 0.0)]
        pitch, yaw, roll = (_mean_angle(angles) for angles in zip(*heads, strict=True))
        return cls({name: min(value, _MOST) for name, value in shapes.items()}, (pitch, yaw, roll))

    def applied(self, look: Tracked) -> Tracked:
        """The look seen from this rest: what is at rest becomes 0, what is full stays full."""
        shapes = {
            name: max(0.0, value - rest) / (1 - rest)
            for name, value in look.blendshapes.items()
            for rest in (0.0 if "Look" in name else self.blendshapes.get(name, 0.0),)
        }
        return Tracked(shapes, look.head and _apart(look.head, self.head), look.face)


def config_path() -> Path:
    """The client's configuration file, where the platform keeps such."""
    if sys.platform == "win32":
        folder = Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming")
    elif sys.platform == "darwin":
        folder = Path.home() / "Library" / "Application Support"
    else:
        folder = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return folder / "bunraku" / "client.json"


def load(tracker: str, path: Path) -> Neutral:
    """The neutral face kept for a tracker, or one that changes nothing. Raises `InvalidInputError`."""
    entry = _read(path).get("neutral", {}).get(tracker)
    if entry is None:
        return Neutral()
    try:
        pitch, yaw, roll = (_number(angle) for angle in entry["head"])
        shapes = {str(name): min(_MOST, _number(value)) for name, value in entry["blendshapes"].items()}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidInputError(f"{path} holds no usable neutral face for {tracker}.") from error
    return Neutral(shapes, (pitch, yaw, roll))


def save(tracker: str, neutral: Neutral, path: Path) -> None:
    """Keep a tracker's neutral face; everything else in the file stays."""
    kept = _read(path)
    entry = {"head": list(neutral.head), "blendshapes": dict(neutral.blendshapes)}
    kept["neutral"] = {**kept.get("neutral", {}), tracker: entry}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")


def _read(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        kept = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidInputError(f"The configuration {path} cannot be read: {reason(error)}.") from error
    if not isinstance(kept, dict) or not isinstance(kept.get("neutral", {}), dict):
        raise InvalidInputError(f"The configuration {path} is not a JSON object of this program.")
    return kept


def _number(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("not finite")
    return number


def _apart(now: Head, rest: Head) -> Head:
    pitch, yaw, roll = (math.remainder(a - b, 360.0) for a, b in zip(now, rest, strict=True))
    return pitch, yaw, roll


def _mean_angle(angles: Sequence[float]) -> float:
    first = angles[0]
    return first + sum(math.remainder(angle - first, 360.0) for angle in angles) / len(angles)
