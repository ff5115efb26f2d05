"""`bunraku distill`: a student that draws as its teacher does."""

from __future__ import annotations

import argparse
import math
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from models.character import NAME_LENGTH, Character, is_character, load_character
from models.distill.checkpoint import STATE, check, resume
from models.distill.flow_form import has_flow_form
from models.distill.mask import movable
from models.distill.measure import Exam
from models.distill.poses import Poses
from models.distill.recipe import RECIPES, DistillError, Recipe
from models.distill.run import Saving
from models.distill.run import run as learn
from models.distill.source import find_teacher
from models.distill.training import Lessons, Training
from models.engines import find_device
from models.regions import face_of
from models.student import BodyMorpher
from models.teachers.teacher import Teacher
from models.team import gathering, own_device
from models.tracks import read_poses
from models.view import FULL
from server.distill_watch import watching
from server.interrupts import interrupts
from server.preparation import AskedTeacher, Preparation, alone


def add(parser: argparse.ArgumentParser) -> None:
    """The command's flags."""
    parser.add_argument(
        "subject",
        metavar="SUBJECT",
        help="puppet:NAME or a character's folder, which are their own teachers, or a PICTURE for --teacher",
    )
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder of the new character")
    parser.add_argument("--name", help="what people call the character (default: the name of its folder)")
    parser.add_argument("--teacher", metavar="TEACHER", help="folder of the full system that poses PICTURE")
    parser.add_argument("--recipe", choices=tuple(RECIPES), default="fast", help="how it is taught")
    parser.add_argument("--examples", type=int, help="poses shown in all (default: the recipe's)")
    parser.add_argument("--batch", type=int, help="poses a step")
    parser.add_argument("--tile", type=int, help="side of the square learnt in a step, in pixels")
    parser.add_argument("--pool", type=int, help="teacher's pictures kept, 3.4 MB of memory each")
    parser.add_argument("--fresh", type=int, help="teacher's pictures made a step")
    parser.add_argument("--poses", type=Path, help="recorded poses, half of those shown")
    parser.add_argument("--mask", type=Path, metavar="PICTURE", help="512 by 512, white where the face moves")
    parser.add_argument("--from", type=Path, dest="start", metavar="CHARACTER", help="weights to begin with")
    parser.add_argument("--minutes", type=float, help="end after so many, with the recipe's phases whole")
    parser.add_argument(
        "--every", type=int, help="steps between checkpoints (default: a minute, at first less)"
    )
    parser.add_argument("--held-out", type=int, default=8, help="poses measured at each checkpoint")
    parser.add_argument("--seed", type=int, default=0, help="another number, other poses and weights")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1 or mps")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Teach, and keep the student in the folder; after Ctrl-C the same command goes on."""
    device = own_device(find_device(options.device))
    folder = options.output.resolve()
    lessons = _lessons(options)
    if is_character(folder) and not (folder / STATE).is_file():
        raise DistillError(f"{folder} holds a character already; name another folder, or begin --from it.")
    check(folder, lessons)
    name = _name(options.name, folder)
    start = load_character(options.start.resolve()) if options.start else None
    if start is not None and lessons.recipe.flow_rate is not None and not _fits_flow(start):
        sys.stderr.write(
            f"The flow of {start.name} cannot be fitted anew, and is learnt like all else: another character "
            "comes sooner without --from.\n"
        )
    with (
        gathering(device) as team,
        alone(folder, team.rank),
        watching(folder, team) as watch,
        interrupts() as interrupted,
    ):
        preparation = Preparation(watch, interrupted)
        preparation.phase("reading the teacher")
        teacher = AskedTeacher(_teacher(options, device), preparation)
        check(folder, lessons, teacher.picture)
        preparation.phase("finding the organs of the face")
        mask = read_mask(options.mask) if options.mask else movable(teacher, options.seed)
        training = Training(teacher, lessons, mask, device, start, team)
        resumed = resume(training, folder)
        exam = Exam(teacher, options.held_out, options.seed, device)

        def measure() -> None:
            watch.saved(training, exam.sit(training.character(name)))

        def on_step(*_: float) -> None:
            preparation.over()
            watch.stepped(training)

        def on_saved() -> None:
            preparation.over()
            watch.phase("measuring")
            measure()

        if resumed and team.rank == 0:
            # A state is kept before its student is measured, so it lacks that point of the curve.
            preparation.phase("measuring")
            measure()
        preparation.phase("asking the teacher for its first pictures")
        saving = Saving(options.every)
        finished = learn(training, folder, name, saving, on_step, on_saved, lambda: bool(interrupted))
    if not finished:
        sys.stderr.write(f"{folder / STATE} holds the run; the same command goes on.\n")
        raise KeyboardInterrupt


def _fits_flow(start: Character) -> bool:
    body = BodyMorpher()
    body.load_state_dict(start.body)
    return has_flow_form(body)


def read_mask(path: Path) -> torch.Tensor:
    """Float32 (128, 128) from a picture of the whole character, 512 by 512. Raises DistillError."""
    try:
        with Image.open(path) as image:
            pixels = np.array(image.convert("L"))
    except (OSError, Image.DecompressionBombError):
        raise DistillError(f"{path.name} cannot be read as a picture.") from None
    if pixels.shape != (FULL, FULL):
        raise DistillError(f"{path.name} must be {FULL} by {FULL} pixels.")
    place = face_of(FULL)
    return torch.from_numpy(pixels[place.top : place.bottom, place.left : place.right] > 127).float()


def _name(given: str | None, folder: Path) -> str:
    if given is not None and not (given.strip() and len(given) <= NAME_LENGTH):
        raise DistillError(f"--name must have 1 to {NAME_LENGTH} characters.")
    return given or folder.name


def _teacher(options: argparse.Namespace, device: torch.device) -> Teacher:
    if options.teacher is None:
        return find_teacher(options.subject, device, quick=True)
    picture = None if options.subject == "-" else Path(options.subject)
    return find_teacher(options.teacher, device, picture, quick=True)


def _lessons(options: argparse.Namespace) -> Lessons:
    recipe = _recipe(options)
    recorded = read_poses(options.poses) if options.poses else None
    examples = recipe.examples if options.examples is None else options.examples
    if min(examples, options.every or 1, options.held_out) < 1 or options.every == 0 or options.seed < 0:
        raise DistillError("--examples, --every and --held-out must be at least 1, and --seed at least 0.")
    return Lessons(recipe, examples, Poses(options.seed, recorded=recorded), _seconds(options))


def _seconds(options: argparse.Namespace) -> float | None:
    minutes: float | None = options.minutes
    if minutes is None:
        return None
    if not 0 < minutes < math.inf:
        raise DistillError("--minutes must be more than 0.")
    if options.examples is not None:
        raise DistillError("A run ends by --examples or by --minutes, not by both.")
    return 60 * minutes


def _recipe(options: argparse.Namespace) -> Recipe:
    recipe = RECIPES[options.recipe]
    sizes = {name: getattr(options, name) for name in ("batch", "tile", "pool", "fresh")}
    given = {name: size for name, size in sizes.items() if size is not None}
    pool = given.get("pool", recipe.pool)
    return replace(recipe, **given, first=min(max(recipe.first, given.get("batch", 0)), pool))
