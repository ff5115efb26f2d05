"""Who may change the server over HTTP: who has an admin token, or on a server for one machine its user."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

from aiohttp import web

from server.refusal import RegistryError
from server.service import Service
from server.settings import Settings

_FORWARDED = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP")
_OWN_SITES = (None, "same-origin", "none")


def check_admin(request: web.Request, service: Service) -> None:
    """Raises RegistryError for a request that comes neither from an admin nor from its own user."""
    if is_own(service.settings, request.remote, request.headers):
        return
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if not service.settings.admin_tokens:
        raise RegistryError(403, "no_admin", "This server has no admin token set, so nobody may do this.")
    if scheme.lower() != "bearer" or not service.access.admits_admin(token.strip()):
        raise RegistryError(401, "unauthorised", "This needs the admin token, sent as a bearer token.")


def is_own(settings: Settings, peer: str | None, headers: Mapping[str, str]) -> bool:
    """Whether a server for this machine alone is asked from this machine, whose address is `peer`.

    It has no tokens, listens on a loopback address, and is called by one; it is asked for by such a name, so
    that no foreign name leads here; no proxy stands between; and where a page asks, it is one of its own.
    """
    if settings.admin_tokens or settings.performer_tokens or settings.watcher_tokens:
        return False
    host = headers.get("Host", "")
    origin = headers.get("Origin")
    return (
        is_loopback(settings.host)
        and is_loopback(peer or "")
        and is_loopback(_name(host))
        and not any(name in headers for name in _FORWARDED)
        and headers.get("Sec-Fetch-Site") in _OWN_SITES
        and origin in (None, f"http://{host}", f"https://{host}")
    )


def is_loopback(host: str) -> bool:
    """Whether a name or an address means this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
