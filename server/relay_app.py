"""A relay from start to stop, and the HTTP around it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import aiohttp
import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from server.answers import answers
from server.connection import accept
from server.listener import listening, signalled
from server.pages import add_pages
from server.relay import Relay
from server.settings import Settings
from server.upstream import Upstream

log = structlog.get_logger()

RELAY = web.AppKey("relay", Relay)

routes = web.RouteTableDef()


def application(relay: Relay) -> web.Application:
    """The web application around a relay: the stream, and the page that shows it."""
    app = web.Application(middlewares=[answers])
    app[RELAY] = relay
    app.add_routes(routes)
    add_pages(app, {"/view": "view.html"})
    return app


@routes.get("/v1/stream")
async def _stream(request: web.Request) -> web.StreamResponse:
    return await accept(request, request.app[RELAY])


@routes.get("/healthz")
async def _health(_: web.Request) -> web.StreamResponse:
    return web.Response(text="ok\n")


@routes.get("/readyz")
async def _ready(request: web.Request) -> web.StreamResponse:
    if await request.app[RELAY].answers():
        return web.Response(text="ready\n")
    return web.Response(status=503, text="stopping, or the server behind this relay does not answer\n")


@routes.get("/metrics")
async def _metrics(request: web.Request) -> web.StreamResponse:
    relay = request.app[RELAY]
    relay.observe()
    return web.Response(body=relay.metrics.text(), headers={"Content-Type": CONTENT_TYPE_LATEST})


@asynccontextmanager
async def relaying(settings: Settings, server: str) -> AsyncIterator[tuple[Relay, str]]:
    """Relay sessions of the server at an address; gives the relay and its own address. Leaving drains."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as http:
        relay = Relay(settings, Upstream(server, http))
        async with listening(application(relay), settings) as address:
            try:
                await relay.start()
                log.info("relaying", address=address, server=server)
                yield relay, address
            finally:
                await relay.drain()


async def relay(settings: Settings, server: str, opened: Callable[[str], None]) -> None:
    """Relay until SIGTERM or SIGINT, then drain. `opened` is told the address."""
    told_to_stop = signalled()
    async with relaying(settings, server) as (_, address):
        opened(address)
        await told_to_stop()
    log.info("stopped")
