"""Where a server is: one address, from the several ways people write it."""

from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from bunraku_client.errors import InvalidInputError

STREAM_PATH = "/v1/stream"
_SECURE = {"ws": False, "http": False, "wss": True, "https": True}


@dataclass(frozen=True)
class Address:
    """A server's place: `host` with its port, and the path that a proxy may put before ours."""

    host: str
    secure: bool = False
    prefix: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `ws://host:port/v1/stream`, `http://host:port` or `host:port` (and `wss`, `https`).

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
        return cls(parts.netloc.rpartition("@")[2], _SECURE[parts.scheme], prefix)

    @property
    def stream(self) -> str:
        """The WebSocket's URL."""
        return f"{'wss' if self.secure else 'ws'}://{self.host}{self.prefix}{STREAM_PATH}"

    def http(self, path: str) -> str:
        """The URL of a page beside the WebSocket; `path` begins with a slash."""
        return f"{'https' if self.secure else 'http'}://{self.host}{self.prefix}{path}"

    def moved(self, text: str) -> Self:
        """Return the address the server names in a `bye`; refused where it would give up encryption."""
        other = self.parse(text)
        if self.secure and not other.secure:
            raise InvalidInputError(
                f"The server moved us from an encrypted address to a plain one, {text!r}."
            )
        return other
