"""iFacialMocap: text over UDP.

`name-0..100|name-0..100|...|=head#rx,ry,rz,px,py,pz|rightEye#x,y,z|leftEye#x,y,z|`; in version 2 an `&`
stands between name and value. Angles are degrees about the protocol's axes.
"""

from bunraku_client.mocap.tracked import PacketError, Tracked, arkit_name, turned, unit

PORT = 49983
HANDSHAKE = b"iFacialMocap_sahuasouryya9218sauhuiayeta91555dy3719|sendDataVersion=v2"
"""What the receiver sends to the phone's `PORT` to be sent to, in version 2."""

_MOST_BYTES = 8192


def read(packet: bytes) -> Tracked:
    """One packet as `Tracked`; names that ARKit has not are left out. Raises `PacketError`."""
    if len(packet) > _MOST_BYTES:
        raise PacketError("The packet is too long to be iFacialMocap's.")
    try:
        text = packet.decode("ascii")
    except UnicodeDecodeError as error:
        raise PacketError("The packet is not text.") from error
    shapes, equals, bones = text.removesuffix("___iFacialMocap").partition("=")
    if not equals:
        raise PacketError("The packet has no head.")
    return Tracked(_shapes(shapes), _head(bones))


def _shapes(text: str) -> dict[str, float]:
    shapes = {}
    for entry in filter(None, text.split("|")):
        said, _, value = entry.partition("&" if "&" in entry else "-")
        if (name := arkit_name(said)) is not None:
            shapes[name] = unit(_number(value) / 100)
    if not shapes:
        raise PacketError("The packet has no blendshape.")
    return shapes


def _head(text: str) -> tuple[float, float, float] | None:
    for entry in text.split("|"):
        bone, _, numbers = entry.partition("#")
        if bone == "head":
            return turned(_number(number) for number in numbers.split(",")[:3])
    return None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise PacketError(f"The packet says {text[:20]!r} for a number.") from error
