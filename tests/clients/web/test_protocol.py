from collections.abc import Awaitable, Callable
from typing import Any

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="session")
Call = Callable[..., Awaitable[Any]]


async def test_a_message_without_bytes_travels_as_text(call: Call) -> None:
    sent = await call("protocol.js", "m => m.encode({type: 'ack', frame: 7})")
    assert sent == '{"type":"ack","frame":7}'


async def test_bytes_follow_the_length_and_the_json(call: Call) -> None:
    sent = await call(
        "protocol.js",
        "m => [...new Uint8Array(m.encode({type: 'image', data: new Uint8Array([9, 8])}))]",
    )
    head = b'{"type":"image"}'
    assert bytes(sent) == len(head).to_bytes(4, "little") + head + b"\x09\x08"


async def test_what_was_encoded_is_decoded_again(call: Call) -> None:
    back = await call(
        "protocol.js",
        """m => {
            const message = {type: 'frame', frame: 3, data: new Uint8Array([1, 2, 3])};
            const {data, ...rest} = m.decode(m.encode(message));
            return [rest, [...data]];
        }""",
    )
    assert back == [{"type": "frame", "frame": 3}, [1, 2, 3]]


@pytest.mark.parametrize(
    ("received", "sentence"),
    [
        ("'{'", "The server sent a message that is not JSON."),
        ("'{}'", "The server sent a message without a type."),
        ("'null'", "The server sent a message without a type."),
        ("new ArrayBuffer(3)", "The server sent a message that is cut short."),
        ("new Uint8Array([255, 0, 0, 0, 123]).buffer", "The server sent a message that is cut short."),
    ],
)
async def test_a_broken_message_is_told_in_one_sentence(call: Call, received: str, sentence: str) -> None:
    function = f"m => {{ try {{ m.decode({received}); }} catch (error) {{ return error.message; }} }}"
    assert await call("protocol.js", function) == sentence


async def test_the_stream_goes_where_the_page_or_the_server_says(call: Call) -> None:
    function = "(m, address, base) => m.streamAddress(address, base)"
    assert (
        await call("protocol.js", function, "/v1/stream", "https://a.example/x?y#z")
        == "wss://a.example/v1/stream"
    )
    assert (
        await call("protocol.js", function, "ws://b.example:1/s", "http://a.example/") == "ws://b.example:1/s"
    )
    assert (
        await call("protocol.js", function, "http://b.example/s", "http://a.example/") == "ws://b.example/s"
    )
