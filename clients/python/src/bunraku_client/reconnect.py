"""Whether, when and where to come back after a connection ended: pure rules."""

from collections.abc import Callable
from dataclasses import dataclass

from bunraku_client.errors import EndError, ServerError

_ABSENT = 4004
# The server has said no, or has said goodbye: asking again would get the same answer.
_FINAL = frozenset({1000, 1009, 4000, 4001, 4003, _ABSENT, 4010, 4029})


@dataclass(frozen=True)
class Reconnect:
    """Exponential back-off with jitter.

    The n-th try in a row waits between half and all of `first_seconds * 2**n`, at most `most_seconds`, but
    never less than the server asked for. After `attempts` failed tries the session ends; the default ones
    span about the time for which a server keeps a session whose socket was cut.
    """

    attempts: int = 8
    first_seconds: float = 0.25
    most_seconds: float = 8.0

    def delay(
        self, end: EndError, attempt: int, draw: Callable[[], float], *, watching: bool = False
    ) -> float | None:
        """Seconds to wait before try number `attempt` (from 0), or None to give up.

        `draw` gives numbers in [0, 1). `watching`: a session that we watched is waited for, too.
        """
        if attempt >= self.attempts or not (worth_while(end) or (watching and absent(end))):
            return None
        backoff = min(self.most_seconds, self.first_seconds * 2**attempt) * (0.5 + 0.5 * draw())
        asked = asked_delay(end)
        return backoff if asked is None else asked + self.first_seconds * draw()


def worth_while(end: EndError) -> bool:
    """Whether the server may take us back after this end."""
    if end.bye is not None:
        return end.bye.reconnect
    if isinstance(end, ServerError) and end.retry_after is not None:
        return True
    if isinstance(end, ServerError) and end.close_code is None:
        return False
    return end.close_code not in _FINAL


def absent(end: EndError) -> bool:
    """Whether there is no such session: none any more, or not yet on a server that was started anew."""
    return end.close_code == _ABSENT


def asked_delay(end: EndError) -> float | None:
    """Seconds the server asked us to wait, by `bye.after` or `error.retry_after`."""
    if end.bye is not None and end.bye.after is not None:
        return end.bye.after
    return end.retry_after if isinstance(end, ServerError) else None


NEVER = Reconnect(attempts=0)
