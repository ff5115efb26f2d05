"""The characters a server offers, over plain HTTP."""

from dataclasses import dataclass
from typing import Any

import aiohttp

from bunraku_client.address import UNTRUSTED, Address
from bunraku_client.errors import ServerError, UnreachableError, UntrustedError, WireError
from bunraku_client.wire import field, optional

_SECONDS = aiohttp.ClientTimeout(total=15)


@dataclass(frozen=True)
class Character:
    """One entry of the list: `id` is what `connect` takes, `preview` the path of a picture."""

    id: str
    name: str
    kind: str
    preview: str | None


async def characters(url: str) -> list[Character]:
    """The characters of the server at `url`, which may be given in every form that `connect` takes.

    Raises `UnreachableError`, `ServerError` or `WireError`.
    """
    address = Address.parse(url)
    try:
        async with (
            aiohttp.ClientSession(timeout=_SECONDS) as http,
            http.get(address.http("/v1/characters"), ssl=address.tls) as answer,
        ):
            return _read(answer.status, await answer.json())
    except aiohttp.ContentTypeError as error:
        raise WireError(f"{address.host} did not answer with a list of characters.") from error
    except UNTRUSTED as error:
        raise UntrustedError(address.host) from error
    except (aiohttp.ClientError, OSError) as error:
        raise UnreachableError(f"No server answers at {address.host}.") from error
    except ValueError as error:
        raise WireError(f"{address.host} answered with something that is not JSON.") from error


def _read(status: int, body: Any) -> list[Character]:
    if status != 200:
        told = body.get("error", {}) if isinstance(body, dict) else {}
        raise ServerError(str(told.get("code", status)), str(told.get("message", "The server refused.")))
    if not isinstance(body, list) or not all(isinstance(entry, dict) for entry in body):
        raise WireError("The server's answer is not a list of characters.")
    return [_character(entry) for entry in body]


def _character(entry: dict[str, Any]) -> Character:
    ident = field(entry, "id", str)
    return Character(
        id=ident,
        name=optional(entry, "name", str) or ident,
        kind=optional(entry, "kind", str) or "",
        preview=optional(entry, "preview", str),
    )
