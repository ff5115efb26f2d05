"""VMC protocol: OSC over UDP from a performer such as VSeeFace or Warudo.

Values come a few at a time and hold once `/VMC/Ext/Blend/Apply` has come, so this reader keeps what it heard.
Bones stand in Unity's left-handed axes (x to the person's own right); seen in the protocol's, a turn about x
keeps its sign and those about y and z change it.
"""

import math
from collections.abc import Mapping

from bunraku_client.mocap.osc import Argument, OscMessage, messages
from bunraku_client.mocap.tracked import Head, PacketError, Tracked, arkit_name, finite, gaze, unit
from bunraku_client.mocap.vowels import VOWELS

PORT = 39539
Quaternion = tuple[float, float, float, float]

_BOTH = ("Left", "Right")
_BONES = ("neck", "head", "lefteye", "righteye")
_STILL: Quaternion = (0.0, 0.0, 0.0, 1.0)
_EYE_DEGREES = 30.0
# Expressions of VRM 0 and VRM 1, as shares of ARKit's shapes. ARKit's own names go before them.
_SAD = {"browInnerUp": 0.8, "mouthFrownLeft": 0.7, "mouthFrownRight": 0.7}
_SHARES: Mapping[str, Mapping[str, float]] = {
    **VOWELS,
    **dict(zip(("aa", "ih", "ou", "ee", "oh"), VOWELS.values(), strict=True)),
    "blink": {f"eyeBlink{side}": 1.0 for side in _BOTH},
    **{name: {"eyeBlinkLeft": 1.0} for name in ("blink_l", "blinkleft")},
    **{name: {"eyeBlinkRight": 1.0} for name in ("blink_r", "blinkright")},
    **{name: {f"mouthSmile{side}": 0.9 for side in _BOTH} for name in ("joy", "happy", "fun", "relaxed")},
    "angry": {f"browDown{side}": 0.9 for side in _BOTH},
    **dict.fromkeys(("sorrow", "sad"), _SAD),
    "surprised": {"browInnerUp": 0.9, "eyeWideLeft": 0.9, "eyeWideRight": 0.9, "jawOpen": 0.3},
}


class Vmc:
    """The state that one performer's packets have built up."""

    def __init__(self) -> None:
        self._said: dict[str, float] = {}
        self._bones: dict[str, Quaternion] = {}

    def read(self, packet: bytes) -> Tracked | None:
        """Take one packet; the face where it completes one, else None.

        Raises `PacketError`, and then nothing has changed.
        """
        said, bones, whole = dict(self._said), dict(self._bones), False
        for message in messages(packet):
            match message.address:
                case "/VMC/Ext/Blend/Val":
                    name, (value,) = _named(message, 1)
                    said[name] = unit(value)
                case "/VMC/Ext/Bone/Pos":
                    name, numbers = _named(message, 7)
                    bones |= {name: _unit_turn(numbers[3:])} if name in _BONES else {}
                case "/VMC/Ext/Blend/Apply":
                    whole = True
        self._said, self._bones = said, bones
        return Tracked(self._shapes(), self._head()) if whole else None

    def _shapes(self) -> dict[str, float]:
        shapes: dict[str, float] = {}
        for side in _BOTH:
            if (turn := self._bones.get(f"{side.casefold()}eye")) is not None:
                pitch, yaw, _ = angles(turn)
                shapes |= gaze(side, -pitch / _EYE_DEGREES, yaw / _EYE_DEGREES)
        for name, value in self._said.items():
            for shape, share in _SHARES.get(name, {}).items():
                shapes[shape] = min(1.0, shapes.get(shape, 0.0) + share * value)
        own = {arkit: value for name, value in self._said.items() if (arkit := arkit_name(name))}
        return shapes | own

    def _head(self) -> Head | None:
        if "head" not in self._bones and "neck" not in self._bones:
            return None
        return angles(_product(self._bones.get("neck", _STILL), self._bones.get("head", _STILL)))


def angles(turn: Quaternion) -> Head:
    """(pitch, yaw, roll) in degrees of Unity's quaternion x, y, z, w, in the protocol's axes."""
    x, y, z, w = turn[0], -turn[1], -turn[2], turn[3]
    pitch = math.asin(min(1.0, max(-1.0, 2 * (w * x - y * z))))
    yaw = math.atan2(2 * (x * z + w * y), 1 - 2 * (x * x + y * y))
    roll = math.atan2(2 * (x * y + w * z), 1 - 2 * (x * x + z * z))
    return math.degrees(pitch), math.degrees(yaw), math.degrees(roll)


def _named(message: OscMessage, count: int) -> tuple[str, list[float]]:
    name, numbers = next(iter(message.arguments), None), message.arguments[1 : 1 + count]
    if not isinstance(name, str) or len(numbers) < count:
        raise PacketError(f"{message.address} needs a name and {count} numbers.")
    return name.casefold(), [_float(number) for number in numbers]


def _float(number: Argument) -> float:
    if not isinstance(number, int | float):
        raise PacketError("The packet holds something else where a number belongs.")
    return finite(float(number))


def _unit_turn(numbers: list[float]) -> Quaternion:
    length = math.hypot(*numbers)
    if not 1e-6 < length < math.inf:
        raise PacketError("The packet holds a turn of no direction.")
    x, y, z, w = (number / length for number in numbers)
    return x, y, z, w


def _product(first: Quaternion, then: Quaternion) -> Quaternion:
    ax, ay, az, aw = first
    bx, by, bz, bw = then
    return (
        aw * bx + ax * bw + ay * bz - az * by,
        aw * by - ax * bz + ay * bw + az * bx,
        aw * bz + ax * by - ay * bx + az * bw,
        aw * bw - ax * bx - ay * by - az * bz,
    )
