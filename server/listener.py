"""Answering on an address: the listener, its certificate, and the signals that end it."""

from __future__ import annotations

import asyncio
import os
import signal
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from server.settings import Settings, SettingsError

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


@asynccontextmanager
async def listening(pages: web.Application, settings: Settings) -> AsyncIterator[str]:
    """Answer as long as the context lasts; gives the address (`http://host:port`, or https).

    Raises SettingsError where nothing can listen there, or the certificate is none.
    """
    tls = _tls(settings)
    runner = web.AppRunner(pages, access_log=None, shutdown_timeout=settings.drain_seconds)
    await runner.setup()
    site = web.TCPSite(runner, settings.host, settings.port, ssl_context=tls)
    try:
        await _start(site, settings)
        host, port = runner.addresses[0][:2]
        scheme = "https" if tls else "http"
        yield f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"
    finally:
        await runner.cleanup()


def signalled() -> Callable[[], Awaitable[None]]:
    """Note SIGTERM and SIGINT from now on; what is given waits for one of them.

    After that, a second one ends the process at once.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        loop.add_signal_handler(number, stop.set)

    async def wait() -> None:
        try:
            await stop.wait()
        finally:
            for number in _SIGNALS:
                loop.remove_signal_handler(number)

    return wait


async def _start(site: web.TCPSite, settings: Settings) -> None:
    try:
        await site.start()
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise SettingsError(f"Cannot listen on {settings.host}, port {settings.port}: {reason}.") from None


def _tls(settings: Settings) -> ssl.SSLContext | None:
    if not settings.tls_cert:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(settings.tls_cert, settings.tls_key)
    except OSError as error:
        files = f"{settings.tls_cert} and {settings.tls_key}"
        raise SettingsError(f"{files} are no certificate and its key: {error.strerror or error}.") from None
    return context
