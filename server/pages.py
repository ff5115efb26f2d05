"""The web pages' files, each read whole and at once.

aiohttp's own file answers hold a file open from one thread to the next, and where the server stops between
the two nobody closes it. A page's files are small enough to be read in one go.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from mimetypes import MimeTypes
from pathlib import Path

from aiohttp import web

PAGES = Path(__file__).parent.parent / "clients" / "web"

# Python's own table: what a machine's registry says of .js is not always true.
_TYPES = MimeTypes()


def add_pages(app: web.Application, pages: Mapping[str, str]) -> None:
    """Answer with the file that `pages` names for an address, and with any of them below `/web/`."""
    for address, name in pages.items():
        app.router.add_get(address, partial(_page, name))
    app.router.add_get("/web/{name:.+}", _named)


async def _named(request: web.Request) -> web.StreamResponse:
    return await _page(request.match_info["name"], request)


async def _page(name: str, request: web.Request) -> web.StreamResponse:
    """One file, or nothing where the asker has it as it is. Raises HTTPNotFound for what isn't a page's."""
    try:
        tag, data = await asyncio.to_thread(_read, name, {tag.value for tag in request.if_none_match or ()})
    except (OSError, ValueError):
        raise web.HTTPNotFound from None
    kind, _ = _TYPES.guess_type(name)
    response = web.Response(body=data, content_type=kind or "application/octet-stream")
    if data is None:
        response.set_status(304)
    response.etag = tag
    return response


def _read(name: str, known: set[str]) -> tuple[str, bytes | None]:
    """A file's tag and its bytes, None where the tag is known.

    Raises OSError where there is no such file, ValueError where it isn't one of the pages'.
    """
    path = (PAGES / name).resolve()
    if not path.is_relative_to(PAGES.resolve()):
        raise ValueError(f"{name!r} is not a page's file")
    about = path.stat()
    tag = f"{about.st_mtime_ns:x}-{about.st_size:x}"
    return tag, None if tag in known else path.read_bytes()
