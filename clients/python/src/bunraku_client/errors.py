"""What can go wrong, as one tree under `BunrakuError`; each holds one plain sentence."""

from dataclasses import dataclass


class BunrakuError(Exception):
    """The root: catching it catches everything this package raises on purpose."""


class InvalidInputError(BunrakuError, ValueError):
    """A value given by the caller (pose, video setting, address, track) cannot be used."""


class WireError(BunrakuError):
    """The server sent something that is not a message of the protocol."""


class DecodeError(BunrakuError):
    """A frame's bytes are no picture that this package can open."""


@dataclass(frozen=True)
class Bye:
    """The server's farewell; `after` in seconds and `url` say when and where to come back."""

    reason: str
    reconnect: bool
    after: float | None = None
    url: str | None = None


class EndError(BunrakuError):
    """A connection ended or could not begin; `close_code` is None where no socket was open."""

    def __init__(self, message: str, *, close_code: int | None = None, bye: Bye | None = None) -> None:
        super().__init__(message)
        self.close_code = close_code
        self.bye = bye


class ConnectionLost(EndError):  # noqa: N818 - reads as what happened
    """The socket closed, with the WebSocket close code that the peer gave (1006 for none)."""

    @property
    def orderly(self) -> bool:
        """Whether this was the agreed end (close code 1000)."""
        return self.close_code == 1000


class UnreachableError(EndError):
    """No WebSocket could be opened at the address."""


class UntrustedError(UnreachableError):
    """The server's certificate is not one that is trusted here."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"The certificate of {host} is not trusted here: end the address in #sha256= and the fingerprint "
            "that `bunraku serve --lan` shows, or in #insecure to take any."
        )


class ServerError(EndError):
    """The server's own `error` message.

    `code` is the protocol's word (`no_character`, `full`, ...), `message` its sentence, and `retry_after`
    the seconds after which another try is worth while, or None.
    """

    def __init__(
        self,
        code: str,
        message: str,
        retry_after: float | None = None,
        *,
        close_code: int | None = None,
        bye: Bye | None = None,
    ) -> None:
        super().__init__(f"{message} ({code})", close_code=close_code, bye=bye)
        self.code = code
        self.message = message
        self.retry_after = retry_after


def reason(error: Exception) -> str:
    """Why a system call or FFmpeg failed, without a number, and without the path: who asks has named it."""
    return getattr(error, "strerror", None) or str(error)
