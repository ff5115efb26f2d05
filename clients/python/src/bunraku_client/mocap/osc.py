"""Open Sound Control 1.0, as much of it as a receiver of motion needs: messages and bundles, pure.

A format of this size is read here rather than by a dependency: every packet is a stranger's, and this reader
is strict in its sizes and bounded in its depth.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from bunraku_client.mocap.tracked import PacketError

Argument = int | float | str | bytes | bool | None
_BUNDLE = b"#bundle\0"
_DEEPEST = 4
_NUMBERS = {"i": ">i", "f": ">f", "h": ">q", "d": ">d"}
_PLAIN: dict[str, Argument] = {"T": True, "F": False, "N": None}


@dataclass(frozen=True)
class OscMessage:
    """One message: its address and its arguments."""

    address: str
    arguments: tuple[Argument, ...]


def messages(packet: bytes, depth: int = 0) -> Iterator[OscMessage]:
    """Every message of a packet, bundles opened in order. Raises `PacketError`."""
    if not packet.startswith(_BUNDLE):
        yield _message(packet)
        return
    if depth >= _DEEPEST or len(packet) < 16:
        raise PacketError("The packet holds bundles too deep or too short.")
    place = 16
    while place < len(packet):
        size = int(_unpack(">i", packet, place))
        place += 4
        if size <= 0 or size % 4 or place + size > len(packet):
            raise PacketError("The packet holds a bundle of an impossible size.")
        yield from messages(packet[place : place + size], depth + 1)
        place += size


def _message(packet: bytes) -> OscMessage:
    address, place = _text(packet, 0)
    if not address.startswith("/"):
        raise PacketError("The packet is no OSC message.")
    if place == len(packet):
        return OscMessage(address, ())
    tags, place = _text(packet, place)
    if not tags.startswith(","):
        raise PacketError("The packet has no OSC type tags.")
    arguments = []
    for tag in tags[1:]:
        argument, place = _argument(tag, packet, place)
        arguments.append(argument)
    return OscMessage(address, tuple(arguments))


def _argument(tag: str, packet: bytes, place: int) -> tuple[Argument, int]:
    if tag in _PLAIN:
        return _PLAIN[tag], place
    if tag in _NUMBERS:
        return _unpack(_NUMBERS[tag], packet, place), place + struct.calcsize(_NUMBERS[tag])
    if tag == "s":
        return _text(packet, place)
    if tag == "b":
        size = int(_unpack(">i", packet, place))
        if size < 0 or place + 4 + size > len(packet):
            raise PacketError("The packet holds a blob of an impossible size.")
        return packet[place + 4 : place + 4 + size], place + 4 + -(-size // 4) * 4
    raise PacketError(f"The packet holds an OSC argument of the unknown type {tag!r}.")


def _text(packet: bytes, place: int) -> tuple[str, int]:
    end = packet.find(b"\0", place)
    if end < 0:
        raise PacketError("The packet holds a string without an end.")
    try:
        return packet[place:end].decode(), place + (end - place) // 4 * 4 + 4
    except UnicodeDecodeError as error:
        raise PacketError("The packet holds a string that is not UTF-8.") from error


def _unpack(form: str, packet: bytes, place: int) -> int | float:
    try:
        (number,) = struct.unpack_from(form, packet, place)
    except struct.error as error:
        raise PacketError("The packet is cut short.") from error
    assert isinstance(number, int | float)
    return number
