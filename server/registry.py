"""The characters that there are: a folder that is looked through, added to and taken from."""

from __future__ import annotations

import io
import re
import shutil
import tempfile
import threading
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog
import yaml
from PIL import Image

from models.character import MANIFEST, CharacterError
from models.folders import BUILT_IN, AnyCharacter, files_of, holds_character, read_character
from models.pictures import to_display, to_network
from models.preparation.prepare import Prepared
from models.teachers.character import TeacherCharacter, save_teacher_character
from models.teachers.engine import teachers_in
from server.new_picture import NewPicture
from server.refusal import RegistryError

log = structlog.get_logger()

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
_MAX_FILES = 16
_INCOMING = ".incoming-"

Signature = tuple[tuple[str, int, int], ...]
"""Name, size and time of change of each file."""


@dataclass(frozen=True)
class Entry:
    """One usable character."""

    id: str
    name: str
    kind: str
    folder: Path
    signature: Signature


@dataclass(frozen=True)
class Changes:
    """What a look through the folder found; ids."""

    added: frozenset[str]
    changed: frozenset[str]
    removed: frozenset[str]

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


class Registry:
    """The characters in one folder. Its methods read and write files: call them off the event loop.

    own: where new ones are written, if not there; what lies in it is served too, and wins over an equal id.
    """

    def __init__(self, folder: Path, teachers: Path = Path("teachers"), own: Path | None = None) -> None:
        self._folder = folder
        self.teachers = teachers
        self.own = own or folder
        self.scanned = False
        self._entries: dict[str, Entry] = {}
        self._refused: dict[Path, Signature] = {}
        self._previews: dict[str, tuple[Signature, bytes]] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def entries(self) -> list[Entry]:
        """All characters, by id."""
        return [self._entries[character] for character in sorted(self._entries)]

    def find(self, character: str) -> Entry | None:
        """The character of that id."""
        return self._entries.get(character)

    def scan(self) -> Changes:
        """Look through the folder. A folder that is no usable character is logged once, and left out."""
        with self._lock:
            before = self._entries
            found = {entry.id: entry for folder in self._folders() if (entry := self._entry(folder))}
            self._entries, self.scanned = found, True
            kept = before.keys() & found.keys()
            return Changes(
                added=frozenset(found.keys() - before.keys()),
                changed=frozenset(c for c in kept if before[c].signature != found[c].signature),
                removed=frozenset(before.keys() - found.keys()),
            )

    def load(self, character: str) -> AnyCharacter:
        """Read a character; CharacterError where its files have gone bad, KeyError where there is none."""
        return read_character(self._entries[character].folder)

    def preview(self, character: str) -> bytes:
        """A PNG of the character at rest, 256 pixels wide, RGBA."""
        entry = self._entries[character]
        kept = self._previews.get(character)
        if kept is None or kept[0] != entry.signature:
            kept = self._previews[character] = (entry.signature, _preview(read_character(entry.folder)))
        return kept[1]

    def add(self, character: str, name: str | None, files: Mapping[str, bytes]) -> Entry:
        """Add a character from its files, checked before it appears. Raises RegistryError."""
        _check_files(files)

        def write(folder: Path) -> None:
            for file, data in files.items():
                (folder / file).write_bytes(data)
            if name:
                _rename(folder, name)

        return self._enter(character, write)

    def add_picture(self, picture: NewPicture) -> tuple[Entry, Prepared]:
        """Add a picture with a teacher, prepared and checked before it appears. Raises RegistryError."""
        prepared, teacher = picture.prepared(), self._teacher(picture.teacher)
        name, pixels = picture.name or picture.id, to_network(prepared.pixels)
        made = TeacherCharacter(picture.id, name, pixels, teacher)
        return self._enter(picture.id, lambda folder: save_teacher_character(made, folder)), prepared

    def _teacher(self, wanted: str | None) -> str:
        names = sorted(teachers_in(self.teachers))
        if wanted is None and len(names) == 1:
            return names[0]
        if wanted in names:
            return str(wanted)
        if not names:
            raise RegistryError(422, "no_teacher", "This server has no full system to pose a picture with.")
        raise RegistryError(422, "no_teacher", f"Name the `teacher` of the picture: {', '.join(names)}.")

    def place_for(self, character: str) -> Path:
        """The folder, not yet there, in which a new character may be made. Raises RegistryError."""
        self._check_own()
        _check_id(character)
        with self._lock:
            self._check_free(character)
        return self.own / character

    def _check_free(self, character: str) -> None:
        if character in self._entries or (self.own / character).exists():
            raise RegistryError(409, "exists", f"There is a character {character} already.")

    def _enter(self, character: str, write: Callable[[Path], None]) -> Entry:
        self._check_own()
        _check_id(character)
        self.own.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=_INCOMING, dir=self.own))
        try:
            folder = staging / character
            folder.mkdir()
            write(folder)
            read_character(folder)
            with self._lock:
                self._check_free(character)
                folder.rename(self.own / character)
        except CharacterError as error:
            raise RegistryError(422, "bad_character", str(error)) from None
        finally:
            shutil.rmtree(staging, ignore_errors=True)
        self.scan()
        return self._entries[character]

    def delete(self, character: str) -> None:
        """Delete a character's folder; RegistryError 404 where there is none."""
        self._check_own()
        with self._lock:
            entry = self._entries.get(character)
            if entry is None:
                raise RegistryError(404, "no_character", f"There is no character {character[:64]!r}.")
            if entry.folder.parent == BUILT_IN:
                raise _built_in()
            del self._entries[character]
            self._previews.pop(character, None)
            shutil.rmtree(entry.folder)

    def _check_own(self) -> None:
        if self.own == BUILT_IN:
            raise _built_in()

    def _folders(self) -> Iterable[Path]:
        found = _inside(self._folder)
        if self.own != self._folder and self.own.is_dir():
            found += _inside(self.own)
        by_id = {folder.name: folder for folder in found if _ID.fullmatch(folder.name)}
        return [folder for folder in by_id.values() if holds_character(folder)]

    def _entry(self, folder: Path) -> Entry | None:
        signature = _signature(folder)
        known = self._entries.get(folder.name)
        if known is not None and (known.folder, known.signature) == (folder, signature):
            return known
        if self._refused.get(folder) == signature:
            return None
        try:
            character = read_character(folder)
        except CharacterError as error:
            self._refused[folder] = signature
            log.warning("character refused", character=folder.name, reason=str(error))
            return None
        self._refused.pop(folder, None)
        return Entry(character.id, character.name, character.kind, folder, signature)


def _inside(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        log.warning("characters folder unreadable", folder=str(folder), reason=error.strerror)
        return []


def _built_in() -> RegistryError:
    return RegistryError(
        403,
        "built_in",
        "The built-in characters stay as they are; to add your own, serve a folder of characters.",
    )


def unzipped(data: bytes, limit: int) -> dict[str, bytes]:
    """The files of a zip, without their folders. RegistryError: no zip, or over `limit` bytes unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            if len(members) > _MAX_FILES or sum(member.file_size for member in members) > limit:
                raise RegistryError(413, "too_large", "The zip holds more than a character needs.")
            return {Path(member.filename).name: _member(archive, member) for member in members}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError):
        raise RegistryError(422, "bad_zip", "The upload is not a zip file that can be read.") from None


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    with archive.open(member) as file:
        # The size in the directory may lie: no more than it says is unpacked.
        return file.read(member.file_size)


def _check_id(character: str) -> None:
    if not _ID.fullmatch(character):
        raise RegistryError(
            422, "bad_id", "A character's id is 1 to 64 letters, digits, dots, dashes and underscores."
        )


def _check_files(files: Mapping[str, bytes]) -> None:
    if not files:
        raise RegistryError(422, "no_files", "The upload holds no files.")
    for file in files:
        if not _FILE.fullmatch(file):
            raise RegistryError(422, "bad_file_name", f"The file name {file[:100]!r} is not allowed.")


def _rename(folder: Path, name: str) -> None:
    path = folder / MANIFEST
    if not path.is_file():
        return
    try:
        manifest = yaml.safe_load(path.read_bytes())
    except yaml.YAMLError:
        return  # read_character says it better
    if isinstance(manifest, dict):
        path.write_text(yaml.safe_dump({**manifest, "name": name}, allow_unicode=True))


def _signature(folder: Path) -> Signature:
    rows = []
    for file in files_of(folder):
        try:
            status = file.stat()
        except OSError:
            continue
        rows.append((file.name, status.st_size, status.st_mtime_ns))
    return tuple(rows)


def _preview(character: AnyCharacter) -> bytes:
    # Shrunk while premultiplied and linear, so that no dark fringe appears.
    small = character.picture.unfold(1, 2, 2).unfold(2, 2, 2).mean((-1, -2))
    out = io.BytesIO()
    Image.fromarray(to_display(small[None])[0].numpy()).save(out, "PNG")
    return out.getvalue()
