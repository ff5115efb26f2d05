"""The face model: where it stands, and how it is fetched once, by its checksum."""

from __future__ import annotations

import hashlib
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from models.files import replacing
from server.places import cache_folder

ADDRESS = (
    "https://storage.googleapis.com/mediapipe-models/face_landmarker/face_landmarker/float16/1/"
    "face_landmarker.task"
)
SHA256 = "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff"
NAME = "face_landmarker.task"

_MOST_BYTES = 64 << 20
_CHUNK = 1 << 16
_SECONDS = 30.0

Progress = Callable[[int, int | None], None]
"""Told the bytes that have come, and how many there will be where that is known."""


class ModelError(ValueError):
    """A face model that is not there or cannot be had, in one plain sentence."""


def find_model(chosen: str) -> Path:
    """The model's file: `chosen`, or where that is empty, the one in the cache folder.

    Raises ModelError, which says where to get it.
    """
    path = Path(chosen).absolute() if chosen else cache_folder() / NAME
    if path.is_file():
        return path
    if chosen:
        raise ModelError(f"There is no face model at {path}.")
    raise ModelError(
        "There is no face model yet: type `bunraku face-model` where the server runs, once, to fetch it."
    )


def fetch(folder: Path, progress: Progress, address: str = ADDRESS, sha256: str = SHA256) -> Path:
    """Download the model into `folder` unless it is there whole; gives its path.

    Nothing takes its place before its checksum is right. Raises ModelError.
    """
    path = folder / NAME
    if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256:
        return path
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with replacing(path, durable=True) as part:
            if _fetched(address, part, progress) != sha256:
                raise ModelError("What came is not the face model that was expected; its checksum differs.")
    except (OSError, ValueError) as error:  # ValueError: no address at all
        if isinstance(error, ModelError):
            raise
        raise ModelError(f"The face model cannot be fetched from {address}: {error}.") from None
    return path


def _fetched(address: str, part: Path, progress: Progress) -> str:
    with urllib.request.urlopen(address, timeout=_SECONDS) as source, part.open("wb") as file:
        length = source.headers.get("Content-Length")
        return _copied(source, file, int(length) if length else None, progress)


def _copied(source: BinaryIO, file: BinaryIO, length: int | None, progress: Progress) -> str:
    digest, come = hashlib.sha256(), 0
    while chunk := source.read(_CHUNK):
        come += len(chunk)
        if come > _MOST_BYTES:
            raise ModelError(f"The face model is larger than {_MOST_BYTES >> 20} MiB, which cannot be right.")
        digest.update(chunk)
        file.write(chunk)
        progress(come, length)
    return digest.hexdigest()
