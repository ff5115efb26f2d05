"""Who may do what: tokens and web origins. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from server.protocol import CloseCode, ProtocolError
from server.tokens import same


@dataclass(frozen=True)
class Access:
    """The operator's tokens and origins. No performer (watcher) tokens: anybody may perform (watch)."""

    performers: tuple[str, ...] = field(default=(), repr=False)
    watchers: tuple[str, ...] = field(default=(), repr=False)
    admins: tuple[str, ...] = field(default=(), repr=False)
    origins: tuple[str, ...] = ()

    def check_role(self, role: str, token: str | None) -> None:
        """Raises ProtocolError `unauthorised` (4001). Who may perform may watch, and an admin may do both."""
        if role == "perform":
            allowed, tokens = not self.performers, self.performers + self.admins
        else:
            allowed, tokens = not self.watchers, self.watchers + self.performers + self.admins
        if not allowed and not _among(token, tokens):
            raise ProtocolError(
                "unauthorised",
                f"This server wants a token to {role}, and this is none of its tokens.",
                close=CloseCode.UNAUTHORISED,
            )

    def admits_admin(self, token: str | None) -> bool:
        """Whether this is an admin's token; without such tokens there is no admin."""
        return _among(token, self.admins)

    def admits_origin(self, origin: str | None, host: str | None) -> bool:
        """Whether a web page may connect: one of this server's own (`host`), or an allowed origin.

        Programs that are no browsers send no origin.
        """
        if origin is None or "*" in self.origins or origin in self.origins:
            return True
        return host is not None and _host(origin) == host.lower()


def _among(token: str | None, tokens: Iterable[str]) -> bool:
    if token is None:
        return False
    # Every token is compared, so that the time taken tells nothing.
    return sum(same(token, one) for one in tokens) > 0


def _host(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return None
