"""One look at a face, in the terms of the protocol, whatever tracker it came from."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bunraku_client.errors import BunrakuError

Head = tuple[float, float, float]
_MOST_DEGREES = 180.0

# fmt: off
_SIDED = (
    "browDown", "browOuterUp", "cheekSquint", "eyeBlink", "eyeLookDown", "eyeLookIn", "eyeLookOut",
    "eyeLookUp", "eyeSquint", "eyeWide", "jaw", "mouth", "mouthDimple", "mouthFrown", "mouthLowerDown",
    "mouthPress", "mouthSmile", "mouthStretch", "mouthUpperUp", "noseSneer",
)
_SINGLE = (
    "browInnerUp", "cheekPuff", "jawForward", "jawOpen", "mouthClose", "mouthFunnel", "mouthPucker",
    "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper", "tongueOut",
)
# fmt: on
ARKIT = frozenset([*_SINGLE, *(name + side for name in _SIDED for side in ("Left", "Right"))])
"""ARKit's 52 blendshapes."""

_ANY_CASE = {name.casefold(): name for name in ARKIT}


class PacketError(BunrakuError, ValueError):
    """A packet that is not what its format says."""


@dataclass(frozen=True)
class Tracked:
    """A face as a tracker saw it.

    `blendshapes`: ARKit name -> 0..1, only what was said. `head`: (pitch, yaw, roll) in degrees, right-handed
    about the face's own axes (pitch > 0 lowers the chin, yaw > 0 turns to its own left, roll > 0 tips the
    crown to its own right), None where nothing was said. `face`: False where the tracker has lost it.
    """

    blendshapes: Mapping[str, float] = field(default_factory=dict)
    head: Head | None = None
    face: bool = True


def arkit_name(name: str) -> str | None:
    """ARKit's own spelling of a name in any case, with `_L`/`_R` for Left/Right; None for another name."""
    plain = name.strip().casefold()
    if plain.endswith(("_l", "_r")):
        plain = plain[:-2] + ("left" if plain.endswith("l") else "right")
    return _ANY_CASE.get(plain)


def unit(value: float) -> float:
    """The value clamped to 0..1; raises `PacketError` where it is not finite."""
    return min(1.0, max(0.0, finite(value)))


def finite(value: float) -> float:
    """The value itself; raises `PacketError` where it is not finite."""
    if not math.isfinite(value):
        raise PacketError("The packet holds a number that is not finite.")
    return value


def turned(angles: Iterable[float]) -> Head:
    """(pitch, yaw, roll) within a half turn either way.

    Raises `PacketError` for another count, or an angle that is not finite.
    """
    within = [math.remainder(finite(angle), 2 * _MOST_DEGREES) for angle in angles]
    if len(within) != 3:
        raise PacketError("A head has three angles.")
    return within[0], within[1], within[2]


def from_left_handed(angles: Iterable[float]) -> Head:
    """(pitch, yaw, roll) of angles about axes with x to the person's own right, in degrees."""
    pitch, yaw, roll = turned(angles)
    return pitch, 0.0 - yaw, 0.0 - roll


def gaze(side: str, up: float, left: float) -> dict[str, float]:
    """The four look blendshapes of the `Left` or `Right` eye: `up` and `left` (the person's own) -1..1."""
    outward = left if side == "Left" else -left
    return {
        f"eyeLookUp{side}": unit(up),
        f"eyeLookDown{side}": unit(-up),
        f"eyeLookOut{side}": unit(outward),
        f"eyeLookIn{side}": unit(-outward),
    }
