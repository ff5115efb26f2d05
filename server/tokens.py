"""Secrets and the ids that follow from them: made, recognised and compared."""

from __future__ import annotations

import hashlib
import re
import secrets
from base64 import urlsafe_b64encode

_RESUME_BYTES = 24
_RESUME = re.compile("[A-Za-z0-9_-]{32}")
_ID_LENGTH = 12


def new_token(size: int) -> str:
    """A secret of so many random bytes, in letters fit for an address; on a command line it is no option."""
    while (token := secrets.token_urlsafe(size)).startswith("-"):
        pass
    return token


def new_resume() -> str:
    """A secret by which a performer takes its session over."""
    return new_token(_RESUME_BYTES)


def is_resume(text: str) -> bool:
    """Whether a secret has the form of those by which sessions are taken over."""
    return _RESUME.fullmatch(text) is not None


def session_id(resume: str) -> str:
    """The id of the session with that secret, which it does not give away; no option on a command line."""
    digest = hashlib.sha256(_bytes(resume)).digest()
    return urlsafe_b64encode(digest).decode().lstrip("-")[:_ID_LENGTH]


def same(one: str, other: str) -> bool:
    """Whether two secrets are equal, in a time that does not tell how much of them is."""
    return secrets.compare_digest(_bytes(one), _bytes(other))


def _bytes(text: str) -> bytes:
    # What a stranger sends may hold halves of surrogate pairs, which are no UTF-8.
    return text.encode(errors="surrogatepass")
