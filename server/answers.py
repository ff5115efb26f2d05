"""What every answer over HTTP has: security headers, and errors as JSON with one sentence."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web

from server.refusal import RegistryError

log = structlog.get_logger()

_POLICY = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' blob: data:; "
    "connect-src 'self' ws: wss:; "
    "style-src 'self'; frame-ancestors 'self'"
)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def answers(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Errors as JSON with one sentence, and the headers that every answer has."""
    try:
        response = await handler(request)
    except RegistryError as error:
        if error.status == 401:
            said = {"method": request.method, "path": request.path, "address": request.remote}
            log.info("request refused", code=error.code, **said)
        response = _error(error.status, error.code, str(error))
    except web.HTTPException as error:
        if error.status < 400:
            raise
        sentence = _SENTENCES.get(error.status, f"{error.reason}.")
        response = _error(error.status, error.reason.lower().replace(" ", "_"), sentence)
    except Exception:
        log.exception("request failed", method=request.method, path=request.path)
        response = _error(500, "internal", "The server failed at this; its log says why.")
    if not response.prepared:
        response.headers.setdefault("Content-Security-Policy", _POLICY)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Cache-Control", "no-cache")
    return response


_SENTENCES = {
    404: "There is nothing at this address.",
    405: "This address does not know that method.",
    413: "The upload is larger than this server takes.",
}


def _error(status: int, code: str, message: str) -> web.Response:
    return web.json_response({"error": {"code": code, "message": message}}, status=status)
