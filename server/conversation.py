"""What one client may say next. Pure: bytes and time in; a message, or the peer's mistake, out."""

from __future__ import annotations

from dataclasses import dataclass

from server.protocol import ALLOWED, ClientMessage, CloseCode, Hello, ProtocolError, message_of
from server.wire import Encoding

STRIKES = 20
"""So many mistakes in a row close the connection."""


@dataclass(frozen=True)
class Limits:
    """Limits on one client; seconds and messages a second."""

    hello_seconds: float = 10.0
    heartbeat_seconds: float = 15.0
    messages_per_second: float = 240.0


class Conversation:
    """The order of one client's messages: `hello` first, then what its role allows.

    Times are seconds of one monotonic clock.
    """

    def __init__(self, encoding: Encoding, limits: Limits, now: float) -> None:
        self.encoding = encoding
        self.role: str | None = None
        self._limits = limits
        self._strikes = 0
        self._heard = now
        self._opened = now
        # A bucket of one second's messages, so that bursts after a stall are no offence.
        self._allowance = limits.messages_per_second
        self._refilled = now

    @property
    def deadline(self) -> float:
        """When the client counts as gone, unless it is heard before."""
        if self.role is None:
            return self._opened + self._limits.hello_seconds
        return self._heard + 2 * self._limits.heartbeat_seconds

    def overdue(self) -> ProtocolError:
        """The error for a client that let the deadline pass."""
        if self.role is None:
            return ProtocolError("no_hello", "No `hello` came in time.", close=CloseCode.SILENT)
        return ProtocolError(
            "silent", "Nothing was heard for two heartbeats; send `ping`.", close=CloseCode.SILENT
        )

    def receive(self, raw: str | bytes, now: float) -> ClientMessage:
        """The message in one WebSocket message. Raises ProtocolError, fatal after `STRIKES` in a row."""
        self._heard = now
        self._spend(now)
        try:
            message = message_of(self.encoding.decode(raw))
            self._check_order(message)
        except ProtocolError as error:
            raise self.mistake(error) from None
        return message

    def accepted(self) -> None:
        """The last message took effect: mistakes before it no longer count."""
        self._strikes = 0

    def mistake(self, error: ProtocolError) -> ProtocolError:
        """Count a mistake; the same error, or the one that closes."""
        self._strikes += 1
        if self._strikes < STRIKES or error.close is not None:
            return error
        return ProtocolError(
            error.code,
            f"{error.message} That was the {STRIKES}th mistake in a row.",
            close=CloseCode.PROTOCOL_ERROR,
        )

    def _check_order(self, message: ClientMessage) -> None:
        if self.role is None:
            if not isinstance(message, Hello):
                raise ProtocolError("not_allowed", "Say `hello` first.")
        elif isinstance(message, Hello):
            raise ProtocolError("not_allowed", "You have said `hello` already.")
        elif type(message) not in ALLOWED[self.role]:
            kind = type(message).__struct_config__.tag
            raise ProtocolError("not_allowed", f"A client that came to {self.role} may not send `{kind}`.")

    def _spend(self, now: float) -> None:
        rate = self._limits.messages_per_second
        self._allowance = min(rate, self._allowance + (now - self._refilled) * rate)
        self._refilled = now
        if self._allowance < 1:
            raise ProtocolError(
                "too_many_messages",
                f"More than {rate:g} messages a second came.",
                close=CloseCode.TOO_MANY_MESSAGES,
            )
        self._allowance -= 1
