"""OpenSeeFace: a webcam tracker that sends one 1785-byte record a face over UDP.

It says features, not blendshapes; `_FEATURES` is how each is read. Of the head it says Euler angles, at rest
(180, 0, 90) degrees, since its camera counts rows and then columns, and finds its model behind itself.
"""

import math
import struct

from bunraku_client.mocap.tracked import Head, PacketError, Tracked, finite, unit

PORT = 11573
SIZE = 1785
_RECORD = struct.Struct("<di2f2fB1f4f3f3f68f136f210f14f")
_RIGHT_EYE, _LEFT_EYE, _SUCCESS, _EULER, _FIRST_FEATURE = 4, 5, 6, 12, 432

# The feature's place, then the blendshapes of a positive value and of a negative one. Places 0 and 1 (the
# eyes) are left out: the openness of the eyes, sent apart, is steadier.
_FEATURES: dict[int, tuple[tuple[str, ...], tuple[str, ...]]] = {
    3: (("browOuterUpLeft",), ("browDownLeft",)),
    6: (("browOuterUpRight",), ("browDownRight",)),
    8: (("mouthFrownLeft",), ("mouthSmileLeft",)),  # how far below the upper lip: a smile is negative
    10: (("mouthFrownRight",), ("mouthSmileRight",)),
    12: (("jawOpen",), ()),
    13: (("mouthStretchLeft", "mouthStretchRight"), ("mouthPucker",)),
}


def read(packet: bytes) -> Tracked:
    """The first face of a packet as `Tracked`; `face` is False where its fit failed. Raises `PacketError`."""
    if not packet or len(packet) % SIZE:
        raise PacketError(f"{len(packet)} bytes are no multiple of {SIZE}.")
    record = _RECORD.unpack_from(packet)
    if not record[_SUCCESS]:
        return Tracked(face=False)
    shapes = {
        "eyeBlinkLeft": unit(1 - finite(record[_LEFT_EYE])),
        "eyeBlinkRight": unit(1 - finite(record[_RIGHT_EYE])),
    }
    for place, (raised, lowered) in _FEATURES.items():
        value = finite(record[_FIRST_FEATURE + place])
        shapes |= {name: unit(value) for name in raised} | {name: unit(-value) for name in lowered}
    return Tracked(shapes, _head(record[_EULER : _EULER + 3]))


def _head(euler: tuple[float, ...]) -> Head:
    """Of the R for which Rz(90) R Rx(180) = Rz(z) Ry(y) Rx(x), the angles by yaw, then pitch, then roll."""
    x, y, z = (math.radians(finite(angle)) for angle in euler)
    (nod, down), (turn, side), (tip, over) = (
        (math.cos(angle), math.sin(angle)) for angle in (x + math.pi, y, z - math.pi / 2)
    )
    pitch = math.asin(min(1.0, max(-1.0, tip * down - over * side * nod)))
    yaw = math.atan2(over * down + tip * side * nod, turn * nod)
    roll = math.atan2(over * turn, tip * nod + over * side * down)
    return math.degrees(pitch), math.degrees(yaw), math.degrees(roll)
