import json
import struct
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.protocol import ProtocolError, message_of
from server.wire import ENCODINGS, Encoding, JsonEncoding, MsgpackEncoding, choose

scalars = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, width=64)
plain = scalars.filter(lambda x: x not in (float("inf"), float("-inf"))) | st.text(
    st.characters(exclude_categories=["Cs"])
)
values = st.recursive(
    plain,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=8,
)
messages = st.dictionaries(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8).filter(lambda key: key != "data"),
    values,
    max_size=5,
)


def test_msgpack_is_one_map_with_bin_bytes() -> None:
    assert (
        MsgpackEncoding().encode({"type": "x", "data": b"\1\2"})
        == b"\x82\xa4type\xa1x\xa4data\xc4\x02\x01\x02"
    )


def test_json_without_bytes_is_text() -> None:
    assert JsonEncoding().encode({"type": "pong", "time": 1.5}) == '{"type":"pong","time":1.5}'


def test_json_with_bytes_is_length_json_and_data() -> None:
    raw = JsonEncoding().encode({"type": "frame", "data": b"\0\xff"})
    head = b'{"type":"frame"}'
    assert raw == struct.pack("<I", len(head)) + head + b"\0\xff"


def test_json_data_may_be_empty() -> None:
    head = b'{"type":"image"}'
    assert JsonEncoding().decode(struct.pack("<I", len(head)) + head) == {"type": "image", "data": b""}


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(fields=messages, data=st.none() | st.binary(max_size=64))
def test_what_is_encoded_decodes_to_the_same(
    encoding: Encoding, fields: dict[str, Any], data: bytes | None
) -> None:
    if data is not None:
        fields = {**fields, "data": data}
    assert encoding.decode(encoding.encode(fields)) == fields


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(raw=st.binary(max_size=200) | st.text(max_size=200))
def test_garbage_is_a_bad_message_and_nothing_worse(encoding: Encoding, raw: str | bytes) -> None:
    try:
        message_of(encoding.decode(raw))
    except ProtocolError as error:
        assert error.close is None
        assert error.message.endswith(".")


@pytest.mark.parametrize(
    "raw",
    ["NaN", '{"type":"ping","time":Infinity}', "[" * 100_000, b"\1", b"\xff\xff\xff\xff{}", b"\2\0\0\0{]"],
    ids=["nan", "infinity", "deep", "short", "long length", "not json"],
)
def test_json_that_is_none_is_refused(raw: str | bytes) -> None:
    with pytest.raises(ProtocolError):
        JsonEncoding().decode(raw)


@pytest.mark.parametrize(
    "raw",
    ["{}", b"", b"\xc1", b"\x81", b"\x81" * 5000, msgpack.packb({1: 2}), msgpack.packb({}) + b"\0"],
    ids=["text", "empty", "reserved", "cut", "deep", "integer key", "trailing"],
)
def test_msgpack_that_is_none_is_refused(raw: str | bytes) -> None:
    with pytest.raises(ProtocolError):
        MsgpackEncoding().decode(raw)


def test_a_lone_surrogate_does_not_break_the_answer() -> None:
    with pytest.raises(ProtocolError) as caught:
        message_of(json.loads(r'{"type":"\ud800"}'))
    for encoding in ENCODINGS:
        assert encoding.encode(caught.value.body())


def test_msgpack_is_preferred_where_both_are_offered() -> None:
    assert choose(["bunraku.v1.json", "bunraku.v1.msgpack"]) is ENCODINGS[0]
    assert choose(["bunraku.v1.json"]) is ENCODINGS[1]
    assert choose(["graphql-ws"]) is None


@pytest.mark.parametrize("encoding", ENCODINGS, ids=["msgpack", "json"])
@pytest.mark.parametrize("number", [1, 127, 128, 70_000, 2**33])
def test_a_message_encoded_once_has_each_clients_own_number(encoding: Encoding, number: int) -> None:
    fields = {"type": "frame", "key": True, "seq": 3, "stages": {"queue": 0.5}, "data": b"\0picture"}
    assert encoding.decode(encoding.shared(fields)(number)) == {**fields, "frame": number}
