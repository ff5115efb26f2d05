"""Forms as browsers and curl send them."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from server.refusal import RegistryError


async def read_form(request: web.Request) -> tuple[dict[str, str], dict[str, bytes]]:
    """The fields of a multipart form, and its files by their names. Raises RegistryError."""
    fields: dict[str, str] = {}
    files: dict[str, bytes] = {}
    try:
        form = await request.post()
    except ValueError:
        raise RegistryError(422, "bad_form", "The upload is not a multipart form that can be read.") from None
    for name, value in form.items():
        if isinstance(value, web.FileField):
            files[Path(value.filename).name] = value.file.read()
        elif isinstance(value, str):
            fields[name] = value
    return fields, files
