"""A picture with a teacher as a character in a folder: posed by a full system, without a student."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
import yaml

from models.character import MANIFEST, CharacterError, named_file, read_manifest, shown_name
from models.pictures import PictureError, read_picture, write_picture

TEACHER = "teacher"

_IMAGE = "character_image_file_name"
_PICTURE = "character.png"


@dataclass(frozen=True, eq=False)
class TeacherCharacter:
    """A picture, network space float32 (4, 512, 512), and the name of the full system that poses it."""

    id: str
    name: str
    picture: torch.Tensor
    teacher: str
    kind: str = TEACHER


def is_teacher_character(folder: Path) -> bool:
    """Whether a folder's manifest names a teacher instead of a student's weights."""
    if not (folder / MANIFEST).is_file():
        return False
    try:
        return read_manifest(folder).get("kind") == TEACHER
    except CharacterError:
        return False


def load_teacher_character(folder: Path) -> TeacherCharacter:
    """Read such a character from its folder, whose name is its id. Raises CharacterError."""
    manifest = read_manifest(folder)
    teacher = manifest.get("teacher")
    if not isinstance(teacher, str) or not teacher:
        raise CharacterError(f"Character {folder.name} must name its `teacher`.")
    try:
        picture = read_picture(named_file(folder, manifest, _IMAGE))
    except PictureError as error:
        raise CharacterError(f"Character {folder.name}: {error}") from error
    return TeacherCharacter(folder.name, shown_name(manifest, folder), picture, teacher)


def save_teacher_character(character: TeacherCharacter, folder: Path) -> None:
    """Write such a character into a folder, made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    write_picture(character.picture, folder / _PICTURE)
    manifest = {
        "name": character.name,
        "kind": character.kind,
        "teacher": character.teacher,
        _IMAGE: _PICTURE,
    }
    (folder / MANIFEST).write_text(yaml.safe_dump(manifest, sort_keys=False, allow_unicode=True), "utf-8")


def teacher_files(folder: Path) -> tuple[Path, ...]:
    """The files whose change means that the character must be read again."""
    manifest = folder / MANIFEST
    try:
        return (manifest, named_file(folder, read_manifest(folder), _IMAGE))
    except CharacterError:
        return (manifest,)
