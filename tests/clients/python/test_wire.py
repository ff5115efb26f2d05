"""The two encodings, byte by byte."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bunraku_client.errors import InvalidInputError, WireError
from bunraku_client.wire import JSON, MSGPACK, decode, encode, field, optional, subprotocols

_plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
_messages = st.dictionaries(st.text().filter(lambda name: name not in ("type", "data")), _plain, max_size=5)


def test_msgpack_is_one_map_with_bytes_as_bin() -> None:
    raw = encode({"type": "ping", "data": b"\x01\x02"}, MSGPACK)
    assert raw == b"\x82\xa4type\xa4ping\xa4data\xc4\x02\x01\x02"


def test_json_without_bytes_is_text() -> None:
    assert (
        encode({"type": "pose", "values": {"head_x": 0.5}}, JSON) == '{"type":"pose","values":{"head_x":0.5}}'
    )


def test_json_with_bytes_is_length_then_json_then_data() -> None:
    raw = encode({"type": "image", "data": b"\xff\x00"}, JSON)
    assert raw == b"\x10\x00\x00\x00" + b'{"type":"image"}' + b"\xff\x00"


def test_an_array_is_little_endian_float32_in_msgpack() -> None:
    raw = encode({"type": "p", "values": np.array([1.0, -2.0])}, MSGPACK)
    assert raw == b"\x82\xa4type\xa1p\xa6values\xc4\x08" + b"\x00\x00\x80\x3f" + b"\x00\x00\x00\xc0"


def test_an_array_is_a_list_of_numbers_in_json() -> None:
    assert (
        encode({"type": "p", "values": np.array([1, 0.5], np.float32)}, JSON)
        == '{"type":"p","values":[1.0,0.5]}'
    )


def test_the_frame_of_a_json_server_is_read_from_its_bytes() -> None:
    head = b'{"type":"frame","frame":3}'
    message = decode(len(head).to_bytes(4, "little") + head + b"\x00picture", JSON)
    assert message == {"type": "frame", "frame": 3, "data": b"\x00picture"}


@pytest.mark.parametrize("subprotocol", [MSGPACK, JSON])
@given(fields=_messages, data=st.none() | st.binary(max_size=64))
def test_what_is_encoded_is_decoded_again(
    subprotocol: str, fields: dict[str, Any], data: bytes | None
) -> None:
    message = {"type": "t", **fields} | ({} if data is None else {"data": data})
    assert decode(encode(message, subprotocol), subprotocol) == message


@pytest.mark.parametrize("subprotocol", [MSGPACK, JSON])
@given(raw=st.binary(max_size=80) | st.text(max_size=40))
def test_bytes_from_anywhere_are_a_message_or_a_wire_error(subprotocol: str, raw: bytes | str) -> None:
    try:
        message = decode(raw, subprotocol)
    except WireError:
        return
    assert isinstance(message["type"], str)


@pytest.mark.parametrize(
    ("raw", "subprotocol"),
    [
        (b"\x81\xa4type", MSGPACK),
        (b"\x93\x01\x02\x03", MSGPACK),
        ("{}", MSGPACK),
        ("[1]", JSON),
        ('{"type": 3}', JSON),
        (b"\xff\x00\x00\x00{}", JSON),
        (b"\x02\x00", JSON),
    ],
)
def test_a_malformed_message_is_a_wire_error(raw: bytes | str, subprotocol: str) -> None:
    with pytest.raises(WireError):
        decode(raw, subprotocol)


@pytest.mark.parametrize("value", [float("nan"), b"bytes", object()])
def test_what_json_cannot_carry_is_refused_in_one_sentence(value: object) -> None:
    with pytest.raises(InvalidInputError, match=r"^The message cannot be encoded: "):
        encode({"type": "x", "value": value}, JSON)


def test_a_field_of_another_kind_is_named() -> None:
    with pytest.raises(WireError, match="frame has no usable field 'seq'"):
        field({"type": "frame", "seq": "3"}, "seq", int)
    with pytest.raises(WireError):
        field({"type": "frame", "seq": True}, "seq", int)


def test_a_whole_number_is_a_float_and_null_is_absent() -> None:
    assert field({"time": 3}, "time", float) == 3.0
    assert optional({"time": None}, "time", float) is None


def test_both_encodings_are_offered_unless_one_is_named() -> None:
    assert tuple(subprotocols(None)) == ("bunraku.v1.msgpack", "bunraku.v1.json")
    assert tuple(subprotocols("json")) == ("bunraku.v1.json",)
    with pytest.raises(InvalidInputError, match="msgpack or json, not 'xml'"):
        subprotocols("xml")
