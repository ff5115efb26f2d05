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
    machine's usual engine. Raises DistillError where there is no
    such teacher, and what reading it raises.
    """
    if name.startswith(PUPPET):
        return PuppetTeacher(Puppet(read_description(find_description(name.removeprefix(PUPPET)))))
    folder = Path(name)
    if is_system(folder):
        if picture is None:
            raise DistillError("A full system needs a picture to pose.")
        return SystemTeacher(read_system(folder), read_picture(picture), device)
    if is_character(folder):
        return StudentTeacher(load_character(folder.resolve()), device, quick=quick)
    raise DistillError(f"{name} is no teacher: name puppet:NAME, a full system or a character.")
