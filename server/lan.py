"""`bunraku serve --lan`: what a phone or tablet on the same network needs to reach this server."""

from __future__ import annotations

import dataclasses
import datetime
import re
import socket
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from urllib.parse import quote, urlsplit

import segno

from server.certificate import own_certificate
from server.settings import Settings, SettingsError
from server.tokens import new_token

_HOST_NAME = re.compile(r"(?!-)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*", re.IGNORECASE)
_ANYWHERE = "0.0.0.0"
# Of a block that is nobody's (RFC 5737). A datagram socket that connects sends nothing: it only asks the
# system which of its addresses it would send from.
_ELSEWHERE = ("192.0.2.1", 9)


def own_address() -> str:
    """By which others on the network reach this machine. Raises SettingsError where it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect(_ELSEWHERE)
        except OSError:
            raise SettingsError("This machine is on no network that others could reach it by.") from None
        return str(asking.getsockname()[0])


def on_the_network(settings: Settings, folder: Path, address: str) -> Settings:
    """The settings with what `lan` adds to them, where they do not already say it.

    All addresses of the machine, TLS with the certificate kept in `folder`, and the token kept there.
    Raises SettingsError.
    """
    added: dict[str, object] = {}
    if settings.host == Settings().host:
        added["host"] = _ANYWHERE
    if not settings.tls_cert:
        names = _names(address, socket.gethostname())
        own = own_certificate(folder, names, datetime.datetime.now(datetime.UTC))
        added |= {"tls_cert": str(own.cert), "tls_key": str(own.key), "tls_authority": str(own.authority)}
    if not settings.performer_tokens:
        added["performer_tokens"] = (kept_token(folder),)
    return dataclasses.replace(settings, **added)  # type: ignore[arg-type]


def kept_token(folder: Path) -> str:
    """The token kept in `folder`, made where there is none, so that a phone's bookmark stays good.

    Raises SettingsError where the folder cannot be written.
    """
    file = folder / "token"
    try:
        if file.is_file() and (kept := file.read_text().strip()):
            return kept
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(made := new_token(12))
    except OSError as error:
        raise SettingsError(f"No token can be kept in {folder}: {error.strerror}.") from None
    return made


def page(settings: Settings, address: str, port: int) -> str:
    """The page's address with a token that opens it."""
    return f"https://{address}:{port}/?token={quote(settings.performer_tokens[0])}"


def invitation(link: str, cert: str, authority: str) -> str:
    """What the terminal shows: the page's address as a QR code, and what to do with it.

    `cert` is the certificate's fingerprint, which programs are told instead; `authority` that of the server's
    own authority, empty where the operator's certificate is used.
    """
    where = urlsplit(link)
    server = f"{where.scheme}://{where.netloc}"
    code = StringIO()
    segno.make(link, error="l", micro=False).terminal(code, compact=True)
    lines = [code.getvalue(), "Scan this with a phone or tablet on the same network."]
    if authority:
        lines += [
            "The certificate is this server's own, so the browser warns once: choose Advanced (or Show",
            "Details), and go on. To install the page, let the device trust this server's authority:",
            f"{server}/authority.crt, whose fingerprint is",
            _pairs(authority),
        ]
    lines.append(f"Programs: bunraku-client characters {server} --fingerprint {cert}")
    return "\n".join(lines) + "\n"


def _pairs(digest: str) -> str:
    """As phones show it."""
    return ":".join(digest[place : place + 2] for place in range(0, len(digest), 2)).upper()


def _names(address: str, host: str) -> Sequence[str]:
    own = [f"{host}.local"] if _HOST_NAME.fullmatch(host) and "." not in host else []
    return list(dict.fromkeys([*own, address, "localhost", "127.0.0.1"]))
