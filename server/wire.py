"""The two encodings of the protocol: bytes in, fields out, and back. No I/O, no state."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import msgpack

from server.protocol import ProtocolError

_LENGTH = struct.Struct("<I")


class Encoding(Protocol):
    """One WebSocket subprotocol. A WebSocket message is `str` (text) or `bytes` (binary)."""

    @property
    def subprotocol(self) -> str:
        """The subprotocol's name."""
        ...

    def decode(self, raw: str | bytes) -> object:
        """The fields in one WebSocket message; ProtocolError `bad_message` where there are none."""
        ...

    def encode(self, fields: Mapping[str, Any]) -> str | bytes:
        """One WebSocket message; `data`, where present, holds bytes."""
        ...

    def shared(self, fields: Mapping[str, Any]) -> Callable[[int], bytes]:
        """A message with `data`, encoded once: for any `frame` number the message that has it too."""
        ...


class MsgpackEncoding:
    """`bunraku.v1.msgpack`: one MessagePack map in a binary message."""

    subprotocol = "bunraku.v1.msgpack"

    def decode(self, raw: str | bytes) -> object:
        """See `Encoding.decode`."""
        if isinstance(raw, str):
            raise ProtocolError("bad_message", "This encoding has binary messages only.")
        try:
            return msgpack.unpackb(raw, raw=False, strict_map_key=True)
        except (ValueError, msgpack.UnpackException) as error:
            reason = str(error) or type(error).__name__
            raise ProtocolError("bad_message", f"The message is not MessagePack: {reason}.") from None

    def encode(self, fields: Mapping[str, Any]) -> bytes:
        """See `Encoding.encode`."""
        # A relay hands on what strangers said in JSON: halves of surrogate pairs, too, which become "?".
        packed: bytes = msgpack.packb(fields, use_bin_type=True, unicode_errors="replace")
        return packed

    def shared(self, fields: Mapping[str, Any]) -> Callable[[int], bytes]:
        """See `Encoding.shared`."""
        packed = self.encode(fields)
        # A map of up to 15 fields begins with 0x80 and their number.
        head, rest = bytes((packed[0] + 1,)) + msgpack.packb("frame"), memoryview(packed)[1:]
        return lambda number: b"".join((head, msgpack.packb(number), rest))


class JsonEncoding:
    """`bunraku.v1.json`: JSON text, or u32 length, JSON and `data` in a binary message."""

    subprotocol = "bunraku.v1.json"

    def decode(self, raw: str | bytes) -> object:
        """See `Encoding.decode`."""
        if isinstance(raw, str):
            return _json(raw)
        if len(raw) < _LENGTH.size:
            raise ProtocolError("bad_message", "A binary message starts with four bytes of length.")
        end = _LENGTH.size + _LENGTH.unpack_from(raw)[0]
        if end > len(raw):
            raise ProtocolError("bad_message", "The binary message is shorter than its JSON is said to be.")
        fields = _json(raw[_LENGTH.size : end])
        if isinstance(fields, dict):
            fields["data"] = raw[end:]
        return fields

    def encode(self, fields: Mapping[str, Any]) -> str | bytes:
        """See `Encoding.encode`."""
        if "data" not in fields:
            return _text(fields)
        head = _text({name: value for name, value in fields.items() if name != "data"}).encode()
        return b"".join((_LENGTH.pack(len(head)), head, fields["data"]))

    def shared(self, fields: Mapping[str, Any]) -> Callable[[int], bytes]:
        """See `Encoding.shared`."""
        rest, data = _text({k: v for k, v in fields.items() if k != "data"}).encode()[1:], fields["data"]

        def numbered(number: int) -> bytes:
            head = b'{"frame":%d,%b' % (number, rest)
            return b"".join((_LENGTH.pack(len(head)), head, data))

        return numbered


ENCODINGS: tuple[Encoding, ...] = (MsgpackEncoding(), JsonEncoding())
"""In order of the server's preference."""


def choose(offered: list[str]) -> Encoding | None:
    """The encoding for the subprotocols that a client offers, None where there is none in common."""
    return next((encoding for encoding in ENCODINGS if encoding.subprotocol in offered), None)


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


# Made once: `json.dumps` and `json.loads` make another for each message.
_ENCODER = json.JSONEncoder(separators=(",", ":"), allow_nan=False)
_DECODER = json.JSONDecoder(parse_constant=_no_constant)


def _text(fields: Mapping[str, Any]) -> str:
    return _ENCODER.encode(fields)


def _json(raw: str | bytes) -> object:
    try:
        found: object = _DECODER.decode(raw if isinstance(raw, str) else raw.decode())
    except (ValueError, RecursionError):
        raise ProtocolError("bad_message", "The message is not JSON.") from None
    return found
