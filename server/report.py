"""What an operator is told of the sessions. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from server.sessions import Session, Stream


def session_rows(sessions: Iterable[Session], now: float) -> list[dict[str, Any]]:
    """One row a session, as `GET /v1/sessions` answers."""
    return [
        {
            "session": session.id,
            "character": session.character,
            "performing": session.performer is not None,
            "watchers": len(session.watchers),
            "age_seconds": now - session.opened,
            "streams": [_row(stream) for stream in session.streams.values()],
        }
        for session in sessions
    ]


def _row(stream: Stream) -> dict[str, Any]:
    key = stream.key
    return {
        "codec": key.codec,
        "width": key.view.width,
        "height": key.view.height,
        "fps": key.fps,
        "receivers": stream.audience,
    }
