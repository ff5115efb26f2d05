"""Where a server is: one address, from the several ways people write it."""

import re
from dataclasses import dataclass, replace
from typing import Self
from urllib.parse import urlsplit

import aiohttp

from bunraku_client.errors import InvalidInputError

STREAM_PATH = "/v1/stream"
UNTRUSTED = (aiohttp.ClientConnectorCertificateError, aiohttp.ServerFingerprintMismatch)
"""What aiohttp raises where a certificate is not trusted."""
_SECURE = {"ws": False, "http": False, "wss": True, "https": True}
_ANY = "insecure"
_DIGEST = re.compile("(?:[0-9a-f]{2}:?){31}[0-9a-f]{2}", re.IGNORECASE)
_TRUST = f"An encrypted address may end in #sha256= and a certificate's fingerprint, or in #{_ANY}, not in "


@dataclass(frozen=True)
class Address:
    """A server's place: `host` with its port, and the path that a proxy may put before ours.

    `trust` is the SHA-256 of the one certificate that is taken, or empty for any; None asks the system.
    """

    host: str
    secure: bool = False
    prefix: str = ""
    trust: bytes | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `ws://host:port/v1/stream`, `http://host:port` or `host:port` (and `wss`, `https`).

        A certificate that no system vouches for is trusted where the address says so: by its fingerprint,
        `https://host:port#sha256=HEX`, or whichever it is, `https://host:port#insecure`.
        Raises `InvalidInputError` for anything else.
        """
        parts = urlsplit(text if "://" in text else f"http://{text}")
        try:
            usable = parts.scheme in _SECURE and bool(parts.hostname) and parts.port != 0
        except ValueError:
            usable = False
        if not usable:
            raise InvalidInputError(f"{text!r} is not an address such as ws://host:8765/v1/stream.")
        prefix = parts.path.rstrip("/").removesuffix(STREAM_PATH)
        secure = _SECURE[parts.scheme]
        return cls(parts.netloc.rpartition("@")[2], secure, prefix, _trust(parts.fragment, secure=secure))

    @property
    def tls(self) -> bool | aiohttp.Fingerprint:
        """What aiohttp takes as `ssl`."""
        if self.trust is None:
            return True
        return aiohttp.Fingerprint(self.trust) if self.trust else False

    @property
    def stream(self) -> str:
        """The WebSocket's URL."""
        return f"{'wss' if self.secure else 'ws'}://{self.host}{self.prefix}{STREAM_PATH}"

    def http(self, path: str) -> str:
        """The URL of a page beside the WebSocket; `path` begins with a slash."""
        return f"{'https' if self.secure else 'http'}://{self.host}{self.prefix}{path}"

    def moved(self, text: str) -> Self:
        """Return the address the server names in a `bye`; refused where it would give up encryption.

        Another machine of the same house has the same certificate, unless the address says otherwise.
        """
        other = self.parse(text)
        if self.secure and not other.secure:
            raise InvalidInputError(
                f"The server moved us from an encrypted address to a plain one, {text!r}."
            )
        return (
            other if other.trust is not None else replace(other, trust=self.trust if other.secure else None)
        )


def _trust(text: str, *, secure: bool) -> bytes | None:
    if not text:
        return None
    kind, _, digest = text.partition("=")
    if secure and text == _ANY:
        return b""
    if secure and kind == "sha256" and _DIGEST.fullmatch(digest):
        return bytes.fromhex(digest.replace(":", ""))
    raise InvalidInputError(f"{_TRUST}#{text}.")
