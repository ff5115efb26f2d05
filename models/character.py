"""A character as it stands in a folder: one picture and the two networks of its student.

Three forms are read: the official YAML with `.pt` weights, the same with `.safetensors`, and the
TensorFlow.js folder of the paper's web demos (`character.png` and two manifests).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
import yaml

from models.files import read_bounded
from models.pictures import PictureError, read_picture, write_picture
from models.reach import FILE as REACH
from models.reach import Reach, digest_of, read_reach, write_reach
from models.student import Weights, body_shapes, face_shapes
from models.tfjs import read_tfjs, tfjs_files
from models.weights import WeightsError, inside, read_weights, write_weights

MANIFEST = "character_model.yaml"
KEYS = ("character_image_file_name", "face_morpher_file_name", "body_morpher_file_name")
TFJS = ("character.png", "face_morpher.json", "body_morpher.json")
MANIFEST_BYTES = 2**16
NAME_LENGTH = 100
STUDENT = "student"

Form = Literal["pt", "safetensors"]


class CharacterError(ValueError):
    """A folder that is no usable character; the message is one plain sentence."""


@dataclass(frozen=True, eq=False)
class Character:
    """A character ready to be loaded into an engine.

    picture: float32 (4, 512, 512), network space. face, body: the state dicts of the two morphers,
    float32 on the CPU, under the official keys. reach: which pixels it can show, where that is known.
    """

    id: str
    name: str
    picture: torch.Tensor
    face: Weights
    body: Weights
    kind: str = STUDENT
    reach: Reach | None = None


def load_character(folder: Path) -> Character:
    """Read a character from its folder, whose name is its id.

    Raises CharacterError for anything that is missing, damaged, too large, or outside the folder.
    """
    try:
        name, (picture, face, body) = _parts(folder)
        read = read_tfjs if face.suffix == ".json" else read_weights
        return Character(
            folder.name,
            name,
            read_picture(picture),
            read(face, face_shapes()),
            read(body, body_shapes()),
            reach=read_reach(folder, _material(folder)),
        )
    except (PictureError, WeightsError) as error:
        raise CharacterError(f"Character {folder.name}: {error}") from error


def is_character(folder: Path) -> bool:
    """Whether a folder looks like a character, in any form; it may still be damaged."""
    return (folder / MANIFEST).is_file() or all((folder / name).is_file() for name in TFJS)


def character_files(folder: Path) -> tuple[Path, ...]:
    """The files whose change means that the character must be read again.

    For a folder that cannot be read, those of them that are known.
    """
    manifest = (folder / MANIFEST,) if (folder / MANIFEST).is_file() else ()
    reach = (folder / REACH,) if (folder / REACH).is_file() else ()
    try:
        return (*manifest, *_material(folder), *reach)
    except (CharacterError, WeightsError):
        return manifest


def save_reach(reach: Reach, folder: Path) -> None:
    """Write what was found of the character in a folder beside it. Raises CharacterError."""
    try:
        write_reach(reach, digest_of(_material(folder)), folder)
    except WeightsError as error:
        raise CharacterError(f"Character {folder.name}: {error}") from error
    except OSError as error:
        raise CharacterError(f"The reach of {folder.name} cannot be written: {error.strerror}.") from None


def save_character(character: Character, folder: Path, form: Form = "safetensors") -> None:
    """Write a character into a folder, made where it is missing, with a YAML and weights in `form`."""
    folder.mkdir(parents=True, exist_ok=True)
    names = ("character.png", f"face_morpher.{form}", f"body_morpher.{form}")
    write_picture(character.picture, folder / names[0])
    write_weights(character.face, folder / names[1])
    write_weights(character.body, folder / names[2])
    manifest = {"name": character.name, **dict(zip(KEYS, names, strict=True))}
    (folder / MANIFEST).write_text(yaml.safe_dump(manifest, sort_keys=False, allow_unicode=True), "utf-8")
    if character.reach is not None:
        save_reach(character.reach, folder)


def _parts(folder: Path) -> tuple[str, tuple[Path, Path, Path]]:
    """The character's name, and its files: picture, face morpher, body morpher."""
    if not is_character(folder):
        raise CharacterError(f"{folder.name} is not a character: it has no {MANIFEST}.")
    manifest = read_manifest(folder) if (folder / MANIFEST).is_file() else dict(zip(KEYS, TFJS, strict=True))
    picture, face, body = (named_file(folder, manifest, key) for key in KEYS)
    return shown_name(manifest, folder), (picture, face, body)


def _material(folder: Path) -> tuple[Path, ...]:
    """The files of the picture and of the weights."""
    _, parts = _parts(folder)
    return (*parts, *(file for part in parts if part.suffix == ".json" for file in tfjs_files(part)))


def read_manifest(folder: Path) -> Mapping[str, object]:
    """The manifest of a folder. Raises CharacterError where it is too large, or no map."""
    data = read_bounded(folder / MANIFEST, MANIFEST_BYTES, WeightsError)
    try:
        manifest = yaml.safe_load(data)
    except (yaml.YAMLError, ValueError, RecursionError):
        raise CharacterError(f"Character {folder.name}: {MANIFEST} is not YAML.") from None
    if not isinstance(manifest, dict):
        raise CharacterError(f"Character {folder.name}: {MANIFEST} must map keys to file names.")
    return manifest


def named_file(folder: Path, manifest: Mapping[str, object], key: str) -> Path:
    """The file that a manifest names by a key. Raises CharacterError where it is not inside the folder."""
    path = inside(folder, manifest.get(key))
    if path is None:
        raise CharacterError(f"Character {folder.name} must name a file in its own folder as {key}.")
    return path


def shown_name(manifest: Mapping[str, object], folder: Path) -> str:
    """What people call the character: by its manifest, else by its folder."""
    value = manifest.get("name")
    return value[:NAME_LENGTH] if isinstance(value, str) and value.strip() else folder.name
