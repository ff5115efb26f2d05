"""What may be asked for in the workshop, and the `bunraku distill` that does it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from models.character import CharacterError
from models.folders import read_character
from models.puppet.description import FILE
from models.teachers.character import TeacherCharacter, teacher_files
from server.refusal import RegistryError
from server.registry import Entry

PICTURE = "picture.png"
"""The prepared picture of a job that began with a drawing, in the job's folder."""

Minutes = Annotated[float, msgspec.Meta(gt=0, le=100_000)]
Examples = Annotated[int, msgspec.Meta(ge=1, le=100_000_000)]
Name = Annotated[str, msgspec.Meta(max_length=100)]
Square = Annotated[list[float], msgspec.Meta(min_length=3, max_length=3)]


class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A student that is wanted.

    id, name: of the new character. Its teacher is either a `character` of this server, or a full `system`
    that poses an uploaded `drawing`, whose head is in the square `head` (x, y, size in the drawing's pixels).
    minutes, examples: how long it is taught; neither: as long as the recipe says.
    """

    id: str
    name: Name = ""
    character: str | None = None
    drawing: str | None = None
    system: str | None = None
    head: Square | None = None
    remove_background: bool = False
    recipe: Literal["fast", "paper"] = "fast"
    minutes: Minutes | None = None
    examples: Examples | None = None


def read_order(data: bytes) -> Order:
    """The order in a JSON body. Raises RegistryError."""
    try:
        order = msgspec.json.decode(data, type=Order)
    except msgspec.MsgspecError as error:
        said = str(error).replace("`", "").replace(" - at $.", ", at ").rstrip(".")
        raise RegistryError(422, "bad_order", f"The order cannot be read: {said}.") from None
    if (order.character is None) == (order.drawing is None):
        raise RegistryError(422, "bad_order", "An order names either a character or a drawing to learn from.")
    if order.minutes is not None and order.examples is not None:
        raise RegistryError(422, "bad_order", "An order says either minutes or examples, not both.")
    return order


def lesson(order: Order, entry: Entry | None, systems: Mapping[str, Path], folder: Path) -> list[str]:
    """The arguments of `bunraku distill` that say what is taught by whom.

    entry: of `order.character`. systems: folders of full systems by name. folder: of the job and its picture.
    Raises RegistryError where the character or the system is not there, or cannot be read.
    """
    if order.drawing is not None:
        return [str(folder / PICTURE), "--teacher", str(chosen_system(order.system, systems))]
    if entry is None:
        raise RegistryError(404, "no_character", f"There is no character {(order.character or '')[:64]!r}.")
    if (entry.folder / FILE).is_file():  # also where its student lies beside it
        return [f"puppet:{entry.folder / FILE}"]
    if entry.kind == "teacher":
        return _posed(entry, systems)
    return [str(entry.folder)]


def length(order: Order) -> list[str]:
    """The arguments that say how, how long, and for a character of what name."""
    said: list[Any] = ["--recipe", order.recipe]
    if order.name.strip():
        said.append(f"--name={order.name}")  # which may begin with a dash
    if order.minutes is not None:
        said += ["--minutes", order.minutes]
    if order.examples is not None:
        said += ["--examples", order.examples]
    return [str(one) for one in said]


def chosen_system(name: str | None, systems: Mapping[str, Path]) -> Path:
    """The folder of a full system: that of the name, else the only one. Raises RegistryError."""
    if name is None and len(systems) == 1:
        return next(iter(systems.values()))
    if name is not None and name in systems:
        return systems[name]
    if not systems:
        raise RegistryError(422, "no_teacher", "This server has no full system to pose a picture with.")
    raise RegistryError(422, "no_teacher", f"Name the full system: {', '.join(sorted(systems))}.")


def _posed(entry: Entry, systems: Mapping[str, Path]) -> list[str]:
    try:
        character = read_character(entry.folder)
    except CharacterError as error:
        raise RegistryError(422, "bad_character", str(error)) from None
    assert isinstance(character, TeacherCharacter)
    picture = teacher_files(entry.folder)[-1]
    return [str(picture), "--teacher", str(chosen_system(character.teacher, systems))]
