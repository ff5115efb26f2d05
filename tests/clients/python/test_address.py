import pytest

from bunraku_client.address import Address
from bunraku_client.errors import InvalidInputError


@pytest.mark.parametrize(
    ("text", "stream"),
    [
        ("localhost:8765", "ws://localhost:8765/v1/stream"),
        ("http://localhost:8765/", "ws://localhost:8765/v1/stream"),
        ("ws://10.0.0.1:80/v1/stream", "ws://10.0.0.1:80/v1/stream"),
        ("https://puppets.example", "wss://puppets.example/v1/stream"),
        ("wss://example.org/stage/v1/stream", "wss://example.org/stage/v1/stream"),
        ("[::1]:8765", "ws://[::1]:8765/v1/stream"),
    ],
)
def test_every_form_leads_to_the_stream(text: str, stream: str) -> None:
    assert Address.parse(text).stream == stream


def test_the_pages_beside_the_stream_keep_prefix_and_encryption() -> None:
    address = Address.parse("wss://example.org/stage/v1/stream")
    assert address.http("/v1/characters") == "https://example.org/stage/v1/characters"


@pytest.mark.parametrize("text", ["", "ftp://host", "http://", "host:port", "host:99999", "host:0"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="is not an address"):
        Address.parse(text)


def test_a_move_may_not_give_up_encryption() -> None:
    assert Address.parse("ws://a").moved("wss://b").host == "b"
    with pytest.raises(InvalidInputError, match="from an encrypted address to a plain one"):
        Address.parse("wss://a").moved("ws://b")
