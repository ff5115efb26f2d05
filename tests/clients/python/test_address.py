import aiohttp
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


DIGEST = "ab" * 32


@pytest.mark.parametrize("digest", [DIGEST, DIGEST.upper(), ":".join(["AB"] * 32)])
def test_a_certificate_is_trusted_by_its_fingerprint(digest: str) -> None:
    address = Address.parse(f"https://10.0.0.1:8765#sha256={digest}")
    assert isinstance(address.tls, aiohttp.Fingerprint)
    assert address.tls.fingerprint == bytes.fromhex(DIGEST)
    assert address.stream == "wss://10.0.0.1:8765/v1/stream"


def test_any_certificate_is_trusted_only_where_that_is_said() -> None:
    assert Address.parse("https://10.0.0.1").tls is True
    assert Address.parse("https://10.0.0.1#insecure").tls is False


@pytest.mark.parametrize(
    "text", ["https://a#sha256=ab", "https://a#md5=" + DIGEST, "https://a#x", "http://a#insecure"]
)
def test_what_says_nothing_of_a_certificate_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="may end in #sha256="):
        Address.parse(text)


def test_a_move_keeps_the_trust_unless_it_brings_its_own() -> None:
    here = Address.parse(f"wss://a#sha256={DIGEST}")
    assert here.moved("wss://b").trust == here.trust
    assert here.moved("wss://b#insecure").trust == b""
