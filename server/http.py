"""The HTTP side: characters, sessions, health, metrics and the web pages."""

from __future__ import annotations

import asyncio
import hashlib
import time
from pathlib import Path
from typing import Any

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from server.admin import check_admin
from server.answers import answers
from server.certificate import as_der
from server.connection import accept
from server.forms import read_form
from server.new_picture import new_picture
from server.pages import PAGES, add_pages
from server.refusal import RegistryError
from server.registry import Entry, Registry, unzipped
from server.report import session_rows
from server.service import Service
from server.workshop import Workshop
from server.workshop_http import WORKSHOP, add_workshop

log = structlog.get_logger()

# What pages need to track by themselves; `make web-tracking` puts it there.
_VENDOR = PAGES / "vendor" / "tasks-vision"
_IN_BROWSER = ("vision_bundle.mjs", "face_landmarker.task")
SERVICE = web.AppKey("service", Service)
AUTHORITY = web.AppKey("authority", bytes)

routes = web.RouteTableDef()


def application(service: Service, workshop: Workshop) -> web.Application:
    """The web application around a service and a workshop.

    Raises SettingsError where the authority's certificate is none.
    """
    app = web.Application(middlewares=[answers], client_max_size=service.settings.max_upload_bytes)
    app[SERVICE] = service
    authority = service.settings.tls_authority
    app[AUTHORITY] = as_der(Path(authority)) if authority else b""
    app.add_routes(routes)
    add_workshop(app, workshop, service)
    add_pages(app, {"/": "index.html", "/view": "view.html", "/workshop": "workshop.html"})
    return app


@routes.get("/v1/stream")
async def _stream(request: web.Request) -> web.StreamResponse:
    return await accept(request, request.app[SERVICE])


@routes.get("/healthz")
async def _health(_: web.Request) -> web.StreamResponse:
    return web.Response(text="ok\n")


@routes.get("/readyz")
async def _ready(request: web.Request) -> web.StreamResponse:
    service = request.app[SERVICE]
    if not service.ready:
        return web.Response(status=503, text="starting or stopping\n")
    if not service.has_place:
        return web.Response(status=503, text="full\n")
    return web.Response(text="ready\n")


@routes.get("/metrics")
async def _metrics(request: web.Request) -> web.StreamResponse:
    service = request.app[SERVICE]
    service.observe()
    return web.Response(body=service.metrics.text(), headers={"Content-Type": CONTENT_TYPE_LATEST})


@routes.get("/authority.crt")
async def _authority(request: web.Request) -> web.StreamResponse:
    """What a phone or tablet is told to trust, so that it takes the server's own certificate."""
    if not request.app[AUTHORITY]:
        raise web.HTTPNotFound
    return web.Response(body=request.app[AUTHORITY], content_type="application/x-x509-ca-cert")


@routes.get("/v1/characters")
async def _characters(request: web.Request) -> web.StreamResponse:
    return web.json_response([_brief(entry) for entry in _known(request).entries()])


@routes.get("/v1/characters/{id}")
async def _character(request: web.Request) -> web.StreamResponse:
    service = request.app[SERVICE]
    entry = _found(request)
    sessions = len(service.table.of_character(entry.id))
    return web.json_response(
        {**_brief(entry), "resident": entry.id in service.residents, "sessions": sessions}
    )


@routes.get("/v1/characters/{id}/preview.png")
async def _preview(request: web.Request) -> web.StreamResponse:
    entry = _found(request)
    tag = hashlib.sha256(repr(entry.signature).encode()).hexdigest()[:16]
    if any(known.value == tag for known in request.if_none_match or ()):
        return web.Response(status=304)
    data = await asyncio.to_thread(request.app[SERVICE].registry.preview, entry.id)
    response = web.Response(body=data, content_type="image/png")
    response.etag = tag
    return response


@routes.post("/v1/characters")
async def _upload(request: web.Request) -> web.StreamResponse:
    check_admin(request, request.app[SERVICE])
    service = request.app[SERVICE]
    if request.content_type == "application/zip":
        fields = {name: request.query[name] for name in ("id", "name") if name in request.query}
        limit = service.settings.max_upload_bytes
        files = await asyncio.to_thread(unzipped, await request.read(), limit)
    elif request.content_type == "multipart/form-data":
        fields, files = await read_form(request)
    else:
        raise RegistryError(415, "bad_type", "Send a multipart form, or a zip as application/zip.")
    said: dict[str, Any] = {}
    if (picture := new_picture(fields, files)) is not None:
        entry, prepared = await asyncio.to_thread(service.registry.add_picture, picture)
        said = {"done": prepared.done, "wrong": prepared.wrong}
    else:
        entry = await asyncio.to_thread(service.registry.add, fields.get("id", ""), fields.get("name"), files)
    log.info("character added", character=entry.id, kind=entry.kind)
    location = {"Location": f"/v1/characters/{entry.id}"}
    return web.json_response({**_brief(entry), **said}, status=201, headers=location)


@routes.delete("/v1/characters/{id}")
async def _delete(request: web.Request) -> web.StreamResponse:
    check_admin(request, request.app[SERVICE])
    request.app[WORKSHOP].jobs.check_not_made(request.match_info["id"])
    await request.app[SERVICE].delete(request.match_info["id"])
    log.info("character deleted", character=request.match_info["id"])
    return web.Response(status=204)


@routes.get("/v1/tracking")
async def _tracking(request: web.Request) -> web.StreamResponse:
    missing = request.app[SERVICE].tracking.missing
    said = {"server": missing is None, "browser": all((_VENDOR / name).is_file() for name in _IN_BROWSER)}
    return web.json_response(said if missing is None else {**said, "missing": missing})


@routes.get("/v1/sessions")
async def _sessions(request: web.Request) -> web.StreamResponse:
    check_admin(request, request.app[SERVICE])
    return web.json_response(session_rows(request.app[SERVICE].table, time.monotonic()))


def _known(request: web.Request) -> Registry:
    registry = request.app[SERVICE].registry
    if not registry.scanned:
        raise RegistryError(503, "not_ready", "The server is starting.")
    return registry


def _found(request: web.Request) -> Entry:
    character = request.match_info["id"]
    entry = _known(request).find(character)
    if entry is None:
        raise RegistryError(404, "no_character", f"There is no character {character[:64]!r}.")
    return entry


def _brief(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "name": entry.name,
        "kind": entry.kind,
        "preview": f"/v1/characters/{entry.id}/preview.png",
    }
