"""The workshop over HTTP: drawings whose head is placed, and jobs. All of it is for admins."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from models.distill.recipe import RECIPES
from models.teachers.engine import teachers_in
from server.admin import check_admin
from server.drawings import told
from server.forms import read_form
from server.job_report import PICTURES, job_row
from server.jobs import Job
from server.new_picture import new_picture
from server.orders import read_order
from server.refusal import RegistryError
from server.service import Service
from server.workshop import Workshop

WORKSHOP = web.AppKey("workshop", Workshop)

_SERVICE = web.AppKey("workshop_service", Service)

routes = web.RouteTableDef()


def add_workshop(app: web.Application, workshop: Workshop, service: Service) -> None:
    """Give an application the addresses of a workshop."""
    app[WORKSHOP] = workshop
    app[_SERVICE] = service
    app.add_routes(routes)


@routes.get("/v1/workshop")
async def _offer(request: web.Request) -> web.StreamResponse:
    _admitted(request)
    service = request.app[_SERVICE]
    systems = await asyncio.to_thread(teachers_in, service.registry.teachers)
    return web.json_response(
        {
            "systems": sorted(systems),
            "recipes": sorted(RECIPES),
            "max_upload_bytes": service.settings.max_upload_bytes,
        }
    )


@routes.post("/v1/drawings")
async def _draw(request: web.Request) -> web.StreamResponse:
    workshop = _admitted(request)
    if request.content_type != "multipart/form-data":
        raise RegistryError(415, "bad_type", "Send a multipart form with a picture in it.")
    picture = new_picture(*await read_form(request))
    if picture is None:
        raise RegistryError(422, "bad_picture", "Choose one picture: .png, .jpg, .webp or .bmp.")
    drawing, prepared = await asyncio.to_thread(workshop.drawings.add, picture.file, picture.data)
    body = await asyncio.to_thread(told, prepared)
    return web.json_response({"id": drawing, **body}, status=201)


@routes.get("/v1/drawings/{id}")
async def _prepared(request: web.Request) -> web.StreamResponse:
    workshop = _admitted(request)
    drawing, head = request.match_info["id"], request.query.get("head")
    remove = request.query.get("remove_background") in ("true", "1", "on")
    prepared = await asyncio.to_thread(workshop.drawings.prepared, drawing, head, remove_background=remove)
    return web.json_response({"id": drawing, **await asyncio.to_thread(told, prepared)})


@routes.get("/v1/jobs")
async def _jobs(request: web.Request) -> web.StreamResponse:
    workshop = _started(request)
    return web.json_response([await _row(workshop, job) for job in workshop.jobs])


@routes.post("/v1/jobs")
async def _order(request: web.Request) -> web.StreamResponse:
    workshop = _started(request)
    job = await workshop.order(read_order(await request.read()))
    return await _answer(workshop, job, 201)


@routes.get("/v1/jobs/{id}")
async def _job(request: web.Request) -> web.StreamResponse:
    workshop = _started(request)
    return await _answer(workshop, workshop.jobs.find(request.match_info["id"]))


@routes.delete("/v1/jobs/{id}")
async def _forget(request: web.Request) -> web.StreamResponse:
    await _started(request).forget(request.match_info["id"])
    return web.Response(status=204)


@routes.post("/v1/jobs/{id}/stop")
async def _stop(request: web.Request) -> web.StreamResponse:
    workshop = _started(request)
    return await _answer(workshop, await workshop.stop(request.match_info["id"]))


@routes.post("/v1/jobs/{id}/go-on")
async def _go_on(request: web.Request) -> web.StreamResponse:
    workshop = _started(request)
    return await _answer(workshop, await workshop.go_on(request.match_info["id"]))


@routes.get("/v1/jobs/{id}/{picture}")
async def _picture(request: web.Request) -> web.StreamResponse:
    workshop = _started(request)
    order, name = workshop.jobs.find(request.match_info["id"]).order, request.match_info["picture"]
    if name not in PICTURES:
        raise web.HTTPNotFound
    try:
        data = await asyncio.to_thread((workshop.output(order) / name).read_bytes)
    except OSError:
        raise RegistryError(404, "not_yet", "The job has left nothing to look at yet.") from None
    return web.Response(body=data, content_type=PICTURES[name])


def _admitted(request: web.Request) -> Workshop:
    check_admin(request, request.app[_SERVICE])
    return request.app[WORKSHOP]


def _started(request: web.Request) -> Workshop:
    workshop = _admitted(request)
    workshop.check_started()
    return workshop


async def _answer(workshop: Workshop, job: Job, status: int = 200) -> web.StreamResponse:
    headers = {"Location": f"/v1/jobs/{job.id}"} if status == 201 else {}
    return web.json_response(await _row(workshop, job), status=status, headers=headers)


async def _row(workshop: Workshop, job: Job) -> dict[str, Any]:
    ahead, output, usable = workshop.jobs.ahead(job), workshop.output(job.order), workshop.usable(job.order)
    return await asyncio.to_thread(job_row, job, ahead, output, usable=usable)
