"""Folders of characters of every kind: which holds what, read by its kind."""

from __future__ import annotations

from pathlib import Path

from models.character import Character, CharacterError, character_files, is_character, load_character
from models.puppet.character import PuppetCharacter, is_puppet, load_puppet
from models.puppet.description import FILE
from models.teachers.character import (
    TeacherCharacter,
    is_teacher_character,
    load_teacher_character,
    teacher_files,
)

AnyCharacter = Character | PuppetCharacter | TeacherCharacter

BUILT_IN = Path(__file__).parent / "builtin"
"""The folder of the characters that come with Bunraku."""


def holds_character(folder: Path) -> bool:
    """Whether a folder looks like a character of any kind; it may still be damaged."""
    return is_character(folder) or is_puppet(folder)


def read_character(folder: Path) -> AnyCharacter:
    """Read the character in a folder, whose name is its id.

    A manifest that says `kind: teacher` makes a picture with a teacher; another a student; a puppet's
    description without a manifest a puppet. Raises CharacterError for anything that is missing, damaged, too
    large, or outside the folder.
    """
    if is_teacher_character(folder):
        return load_teacher_character(folder)
    return load_puppet(folder) if _shows_puppet(folder) else load_character(folder)


def read_student(folder: Path) -> Character:
    """Read the student in a folder. Raises CharacterError, also where it holds none."""
    if _shows_puppet(folder) or is_teacher_character(folder):
        raise CharacterError(f"Character {folder.name} has no student yet.")
    return load_character(folder)


def files_of(folder: Path) -> tuple[Path, ...]:
    """The files whose change means that the character must be read again."""
    if is_teacher_character(folder):
        return teacher_files(folder)
    return (folder / FILE,) if _shows_puppet(folder) else character_files(folder)


def _shows_puppet(folder: Path) -> bool:
    # A student made from a puppet lies beside its description, and is drawn in its stead.
    return is_puppet(folder) and not is_character(folder)
