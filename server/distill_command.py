"""`bunraku distill`: a student that draws as its teacher does."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from models.character import is_character, load_character
from models.distill.checkpoint import STATE, resume
from models.distill.mask import movable
from models.distill.measure import trials
from models.distill.poses import Poses
from models.distill.recipe import RECIPES, DistillError, Recipe
from models.distill.run import run as learn
from models.distill.source import find_teacher
from models.distill.training import Lessons, Training
from models.engines import find_device
from models.regions import face_of
from models.teachers.teacher import Teacher
from models.tracks import read_poses
from models.view import FULL


def add(parser: argparse.ArgumentParser) -> None:
    """The command's flags."""
    parser.add_argument(
        "subject",
        metavar="SUBJECT",
        help="puppet:NAME or a character's folder, which are their own teachers, or a PICTURE for --teacher",
    )
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder of the new character")
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
    parser.add_argument("--every", type=int, default=500, help="steps between checkpoints")
    parser.add_argument("--held-out", type=int, default=8, help="poses measured at each checkpoint")
    parser.add_argument("--seed", type=int, default=0, help="another number, other poses and weights")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1 or mps")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Teach, and keep the student in the folder; after Ctrl-C the same command goes on."""
    device = find_device(options.device)
    teacher = _teacher(options, device)
    training = Training(
        teacher,
        _lessons(options),
        read_mask(options.mask) if options.mask else movable(teacher, options.seed),
        device,
        load_character(options.start.resolve()) if options.start else None,
    )
    folder = options.output.resolve()
    if not resume(training, folder) and is_character(folder):
        raise DistillError(f"{folder} holds a character already; name another folder, or begin --from it.")
    with _progress(training.steps, training.step) as progress, _interrupts() as interrupted:
        task = progress.task_ids[0]

        def on_step(step: int, face_loss: float, body_loss: float) -> None:
            progress.update(task, completed=step, description=f"face {face_loss:.4f} body {body_loss:.4f}")

        def on_saved() -> None:
            psnr = _psnr(folder, teacher, options, device)
            progress.console.print(f"step {training.step}: {psnr:.2f} dB over {options.held_out} poses")

        finished = learn(training, folder, options.every, on_step, on_saved, lambda: bool(interrupted))
    if not finished:
        sys.stderr.write(f"{folder / STATE} holds the run; the same command goes on.\n")
        raise KeyboardInterrupt


def read_mask(path: Path) -> torch.Tensor:
    """Float32 (128, 128) from a picture of the whole character, 512 by 512. Raises DistillError."""
    try:
        with Image.open(path) as image:
            pixels = np.array(image.convert("L"))
    except OSError:
        raise DistillError(f"{path.name} cannot be read as a picture.") from None
    if pixels.shape != (FULL, FULL):
        raise DistillError(f"{path.name} must be {FULL} by {FULL} pixels.")
    place = face_of(FULL)
    return torch.from_numpy(pixels[place.top : place.bottom, place.left : place.right] > 127).float()


def _teacher(options: argparse.Namespace, device: torch.device) -> Teacher:
    if options.teacher is None:
        return find_teacher(options.subject, device)
    picture = None if options.subject == "-" else Path(options.subject)
    return find_teacher(options.teacher, device, picture)


def _lessons(options: argparse.Namespace) -> Lessons:
    recipe = _recipe(options)
    recorded = read_poses(options.poses) if options.poses else None
    examples = recipe.examples if options.examples is None else options.examples
    if examples < 1 or options.every < 1 or options.held_out < 1 or options.seed < 0:
        raise DistillError("--examples, --every and --held-out must be at least 1, and --seed at least 0.")
    return Lessons(recipe, examples, Poses(options.seed, recorded=recorded))


def _recipe(options: argparse.Namespace) -> Recipe:
    sizes = {name: getattr(options, name) for name in ("batch", "tile", "pool", "fresh")}
    given = {name: size for name, size in sizes.items() if size is not None}
    return replace(RECIPES[options.recipe], **given)


def _psnr(folder: Path, teacher: Teacher, options: argparse.Namespace, device: torch.device) -> float:
    tried = trials(load_character(folder), teacher, options.held_out, options.seed, device)
    return float(np.mean([trial.likeness.psnr for trial in tried]))


@contextmanager
def _progress(total: int, done: int) -> Iterator[Progress]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        progress.add_task("", total=total, completed=done)
        yield progress


@contextmanager
def _interrupts() -> Iterator[list[int]]:
    """Ctrl-C is noted in the list, so that a step is never cut in two."""
    noted: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: noted.append(number))
    try:
        yield noted
    finally:
        signal.signal(signal.SIGINT, before)
