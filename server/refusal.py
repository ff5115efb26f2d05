"""What is answered where a character cannot be added or found."""

from __future__ import annotations


class RegistryError(ValueError):
    """A character that cannot be added or found: an HTTP status and one sentence."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
