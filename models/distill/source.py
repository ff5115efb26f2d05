"""Which teacher a name on the command line means."""

from __future__ import annotations

from pathlib import Path

import torch

from models.character import is_character, load_character
from models.distill.recipe import DistillError
from models.pictures import read_picture
from models.puppet.description import find_description, read_description
from models.puppet.puppet import Puppet
from models.teachers.files import is_system, read_system
from models.teachers.teacher import PuppetTeacher, StudentTeacher, SystemTeacher, Teacher

PUPPET = "puppet:"


def find_teacher(
    name: str, device: torch.device, picture: Path | None = None, *, quick: bool = False
) -> Teacher:
    """The teacher `puppet:NAME` (or a .toml file), the folder of a full system, or that of a character.

    A full system needs a picture to pose; the others have their own. quick: a character is drawn by the
    machine's usual engine. Raises DistillError where there is no such teacher, or where it would not use the
    picture, and what reading it raises.
    """
    folder, puppet = Path(name), name.startswith(PUPPET)
    if not puppet and is_system(folder):
        if picture is None:
            raise DistillError("A full system needs a picture to pose.")
        return SystemTeacher(read_system(folder), read_picture(picture), device)
    if not puppet and not is_character(folder):
        raise DistillError(f"{name} is no teacher: name puppet:NAME, a full system or a character.")
    if picture is not None:
        raise DistillError(
            f"{name} teaches its own picture, and {picture.name} would not be used: "
            "only a full system poses any picture."
        )
    if puppet:
        return PuppetTeacher(Puppet(read_description(find_description(name.removeprefix(PUPPET)))))
    return StudentTeacher(load_character(folder.resolve()), device, quick=quick)
