"""Drawings that were uploaded and wait for their head to be placed: the newest few, as files."""

from __future__ import annotations

import base64
import io
import re
import secrets
import threading
from pathlib import Path
from typing import Any

from PIL import Image

from models.preparation.prepare import Prepared
from server.new_picture import NewPicture
from server.refusal import RegistryError

KEPT = 8
"""Drawings that are kept; when one more comes, the oldest goes."""


class Drawings:
    """Uploaded drawings in a folder. Its methods read and compute: call them off the event loop."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # A large drawing takes much memory while it is prepared: one at a time.
        self._one = threading.Lock()

    def add(self, file: str, data: bytes) -> tuple[str, Prepared]:
        """Keep a drawing; its id, and what comes of it with its head guessed and a plain background removed.

        Raises RegistryError where it cannot be prepared.
        """
        drawing = secrets.token_hex(8) + Path(file).suffix.lower()
        prepared = self._prepared(NewPicture("", file, data, remove_background=True))
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / drawing).write_bytes(data)
        except OSError as error:
            reason = error.strerror or str(error)
            raise RegistryError(500, "unwritable", f"The drawing cannot be kept: {reason}.") from None
        self._forget_oldest()
        return drawing, prepared

    def prepared(self, drawing: str, head: str | None, *, remove_background: bool) -> Prepared:
        """A kept drawing, prepared with the head "x,y,size"; guessed without. Raises RegistryError."""
        data = self._read(drawing)
        return self._prepared(NewPicture("", drawing, data, head=head, remove_background=remove_background))

    def _prepared(self, picture: NewPicture) -> Prepared:
        with self._one:
            return picture.prepared()

    def _read(self, drawing: str) -> bytes:
        if re.fullmatch(r"[0-9a-f]{16}\.[a-z]{3,4}", drawing):
            try:
                return (self._folder / drawing).read_bytes()
            except FileNotFoundError:
                pass
        raise RegistryError(404, "no_drawing", "This drawing is not kept any more; choose it again.")

    def _forget_oldest(self) -> None:
        newest_first = sorted(self._folder.iterdir(), key=lambda file: file.stat().st_mtime_ns, reverse=True)
        for file in newest_first[KEPT:]:
            file.unlink(missing_ok=True)


def told(prepared: Prepared) -> dict[str, Any]:
    """A prepared picture as JSON: the head's square, the sentences, and the picture as PNG in base64."""
    out = io.BytesIO()
    Image.fromarray(prepared.pixels).save(out, "PNG")
    head = prepared.head
    return {
        "head": {"x": head.x, "y": head.y, "size": head.size},
        "done": prepared.done,
        "wrong": prepared.wrong,
        "picture": base64.b64encode(out.getvalue()).decode(),
    }
