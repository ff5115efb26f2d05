"""The two encodings of the protocol, as pure functions between messages and bytes.

A message is a map with a string `type`. `bunraku.v1.msgpack` holds it whole in one binary WebSocket message;
`bunraku.v1.json` is text, or, where the message has `data`, binary: the length of the JSON as a little-endian
u32, the JSON, the data.
"""

import json
import struct
from collections.abc import Sequence
from typing import Any, TypeVar

import msgpack
import numpy as np

from bunraku_client.errors import InvalidInputError, WireError

Message = dict[str, Any]
T = TypeVar("T")

MSGPACK = "bunraku.v1.msgpack"
JSON = "bunraku.v1.json"
_BY_NAME = {"msgpack": (MSGPACK,), "json": (JSON,)}


def subprotocols(encoding: str | None) -> Sequence[str]:
    """The WebSocket subprotocols to offer for `"msgpack"`, `"json"` or None (either, msgpack first)."""
    if encoding is None:
        return (MSGPACK, JSON)
    if encoding not in _BY_NAME:
        raise InvalidInputError(f"The encoding is msgpack or json, not {encoding!r}.")
    return _BY_NAME[encoding]


def encode(message: Message, subprotocol: str) -> bytes | str:
    """One WebSocket message: `bytes` to be sent as binary, `str` as text.

    A numpy array is 45 little-endian float32 as `bin` in msgpack and a list of numbers in JSON. Raises
    `InvalidInputError` for what the encoding cannot carry.
    """
    try:
        return _pack(message) if subprotocol == MSGPACK else _dump(message)
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidInputError(f"The message cannot be encoded: {error}.") from error


def decode(raw: bytes | str, subprotocol: str) -> Message:
    """Turn one WebSocket message into a map with a string `type`; raises `WireError` for anything else."""
    try:
        message = _unpack(raw) if subprotocol == MSGPACK else _load(raw)
    except (TypeError, ValueError, struct.error, RecursionError) as error:
        raise WireError(f"The server sent bytes that are not {subprotocol}: {error}.") from error
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise WireError("The server sent a message that is not a map with a type.")
    return message


def field(message: Message, name: str, kind: type[T]) -> T:
    """The field `name`, which must be a `kind` (an int passes for a float); raises `WireError`."""
    value = message.get(name)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise WireError(f"The server's {message.get('type', 'message')} has no usable field {name!r}.")
    return value


def optional(message: Message, name: str, kind: type[T]) -> T | None:
    """Like `field`, but None where the field is absent or null."""
    return None if message.get(name) is None else field(message, name, kind)


def _pack(message: Message) -> bytes:
    packed: bytes = msgpack.packb(message, default=_array_bytes)
    return packed


def _unpack(raw: bytes | str) -> object:
    if isinstance(raw, str):
        raise TypeError("text where binary was agreed")
    return msgpack.unpackb(raw)


def _dump(message: Message) -> bytes | str:
    data = message.get("data")
    if not isinstance(data, bytes):
        return _json_text(message)
    head = _json_text({name: value for name, value in message.items() if name != "data"}).encode()
    return struct.pack("<I", len(head)) + head + data


def _load(raw: bytes | str) -> object:
    if isinstance(raw, str):
        return json.loads(raw)
    (length,) = struct.unpack_from("<I", raw)
    if 4 + length > len(raw):
        raise ValueError("the JSON is cut short")
    message = json.loads(raw[4 : 4 + length])
    return message | {"data": raw[4 + length :]}


def _json_text(message: Message) -> str:
    compact = (",", ":")
    return json.dumps(message, default=_array_list, allow_nan=False, ensure_ascii=False, separators=compact)


def _array_bytes(value: object) -> bytes:
    return _array(value).astype("<f4").tobytes()


def _array_list(value: object) -> list[float]:
    numbers: list[float] = _array(value).tolist()
    return numbers


def _array(value: object) -> np.ndarray[Any, np.dtype[Any]]:
    if not isinstance(value, np.ndarray):
        raise TypeError(f"a {type(value).__name__} has no place in a message")
    return value
