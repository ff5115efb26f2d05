"""Secrets and ids: made, and compared."""

from __future__ import annotations

import secrets


def new_token(size: int) -> str:
    """A secret of so many random bytes, in letters fit for an address; on a command line it is no option."""
    while (token := secrets.token_urlsafe(size)).startswith("-"):
        pass
    return token


def same(one: str, other: str) -> bool:
    """Whether two secrets are equal, in a time that does not tell how much of them is."""
    return secrets.compare_digest(_bytes(one), _bytes(other))


def _bytes(text: str) -> bytes:
    # What a stranger sends may hold halves of surrogate pairs, which are no UTF-8.
    return text.encode(errors="surrogatepass")
