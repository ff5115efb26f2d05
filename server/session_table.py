"""Every session that there is, found by its id, its secret or its character. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from models.character import STUDENT
from server.sessions import Session, Stream
from server.tokens import new_resume, same, session_id


class SessionTable:
    """All sessions of this process."""

    def __init__(self, linger: float) -> None:
        self._linger = linger
        self._sessions: dict[str, Session] = {}

    def __len__(self) -> int:
        return len(self._sessions)

    def __iter__(self) -> Iterator[Session]:
        return iter(self._sessions.values())

    def open(
        self, character: str, now: float, *, idle: bool, kind: str = STUDENT, resume: str | None = None
    ) -> Session:
        """A new session. Its id may be shown to watchers; its `resume` secret, which makes the id, may not.

        `resume`: the secret of a session that was, which goes on under its id; unless another has that now.
        """
        while resume is None or session_id(resume) in self._sessions:
            resume = new_resume()
        session = Session(session_id(resume), resume, character, now, idle=idle, kind=kind)
        self._sessions[session.id] = session
        return session

    def find(self, session_id: str) -> Session | None:
        """The session of that id."""
        return self._sessions.get(session_id)

    def resumed(self, secret: str) -> Session | None:
        """The session of that resume secret."""
        session = self.find(session_id(secret))
        return session if session is not None and same(session.resume, secret) else None

    def end(self, session: Session) -> None:
        """Forget a session."""
        self._sessions.pop(session.id, None)

    def abandoned(self, now: float) -> list[Session]:
        """Sessions whose performer has been cut off for longer than sessions linger."""
        return [s for s in self if s.cut_off is not None and now - s.cut_off >= self._linger]

    def longest_cut_off(self) -> Session | None:
        """The session whose performer has been away longest, None where all are there."""
        away = [(s.cut_off, s.id, s) for s in self if s.cut_off is not None]
        return min(away)[2] if away else None

    def streams(self) -> Iterable[Stream]:
        """Every stream of every session."""
        return (stream for session in self for stream in session.streams.values())

    def of_character(self, character: str) -> list[Session]:
        """Sessions that show a character."""
        return [s for s in self if s.character == character]
