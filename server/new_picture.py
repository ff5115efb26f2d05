"""A drawing that somebody uploads, to be posed at once by a full system."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from models.pictures import PictureError
from models.preparation.figure import Head
from models.preparation.prepare import Prepared, prepare
from models.preparation.source import read_drawing
from server.refusal import RegistryError

_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp")


@dataclass(frozen=True)
class NewPicture:
    """What was uploaded: the file, and how to make a character of it.

    head: "x,y,size" in the drawing's pixels, else it is guessed. teacher: the name of a full system, else the
    only one that there is.
    """

    id: str
    file: str
    data: bytes
    name: str | None = None
    teacher: str | None = None
    head: str | None = None
    remove_background: bool = False

    def prepared(self) -> Prepared:
        """The picture that meets THA4's constraints. Raises RegistryError."""
        try:
            head = Head.parsed(self.head) if self.head else None
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / self.file
                path.write_bytes(self.data)
                drawing = read_drawing(path)
            return prepare(drawing, head, remove_background=self.remove_background)
        except PictureError as error:
            raise RegistryError(422, "bad_picture", str(error)) from None


def new_picture(fields: Mapping[str, str], files: Mapping[str, bytes]) -> NewPicture | None:
    """The picture that a form brings, if one file that is a picture is all that it brings."""
    if len(files) != 1:
        return None
    ((file, data),) = files.items()
    if Path(file).suffix.lower() not in _SUFFIXES:
        return None
    return NewPicture(
        fields.get("id", ""),
        file,
        data,
        fields.get("name") or None,
        fields.get("teacher") or None,
        fields.get("head") or None,
        fields.get("remove_background", "") in ("true", "1", "on"),
    )
