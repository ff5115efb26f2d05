"""What each command of `bunraku` does once its arguments are read."""

from __future__ import annotations

import argparse
import os
import re
import sys
import webbrowser
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from models.cast import Cast
from models.character import Character, load_character, save_reach
from models.engine import Engine
from models.engines import build_engine
from models.folders import AnyCharacter, read_character
from models.pictures import read_picture
from models.reach import WILD, Reach
from models.render import render as render_file
from models.survey import Effort, find_reach
from models.teachers.character import TeacherCharacter
from models.teachers.running import usual
from models.tracks import read_poses
from models.view import View
from server import logs
from server.certificate import fingerprint
from server.lan import invitation, on_the_network, own_address, page
from server.loop import run_loop
from server.places import state_folder
from server.settings import SettingsError, as_toml, settings_from

_SAMPLES = 4
_POSES = 600
_PICTURES = 60
_COMPARED = 10


def serve(options: argparse.Namespace) -> None:
    """`bunraku serve`: until SIGTERM or SIGINT."""
    settings = settings_from(vars(options), os.environ)
    if options.print_config:
        Console(soft_wrap=True, highlight=False, markup=False).print(as_toml(settings))
        return
    if not settings.characters.is_dir():
        raise SettingsError(f"The characters folder {settings.characters} is not there.")
    logs.set_up(settings.log_format, settings.log_level)

    # Here, so that the other commands start without the server's weight.
    from server.app import serve as serve_app

    reached = own_address() if settings.lan else ""
    if settings.lan:
        settings = on_the_network(settings, state_folder(), reached)

    def opened(address: str) -> None:
        if settings.lan:
            address = page(settings, reached, urlsplit(address).port or 443)
        sys.stdout.write(f"Bunraku serves at {address}\n")
        if settings.lan:
            authority = settings.tls_authority and fingerprint(Path(settings.tls_authority))
            sys.stdout.write(invitation(address, fingerprint(Path(settings.tls_cert)), authority))
        sys.stdout.flush()
        if options.open:
            webbrowser.open(address)

    run_loop(serve_app(settings, opened))


def render(options: argparse.Namespace) -> None:
    """`bunraku render`: recorded poses into one file, with a progress bar."""
    character = _rendered(options)
    poses = read_poses(options.poses, options.fps)
    view = View(options.size, _crop(options.crop))
    background = _colour(options.background)
    students = build_engine(options.engine, options.device, skip=not options.no_skip)
    running = usual(students.device, options.precision, compiled=options.compile)
    engine = Cast(students, options.teacher.resolve().parent if options.teacher else Path(), running)
    engine.load(character)
    with _progress(character.name) as progress:
        task = progress.add_task("", total=len(poses))
        render_file(
            engine,
            character.id,
            poses,
            options.output,
            view=view,
            background=background,
            fps=options.fps,
            columns=options.columns,
            on_frame=lambda done, _: progress.update(task, completed=done),
        )


def _rendered(options: argparse.Namespace) -> AnyCharacter:
    if options.character is not None and options.teacher is None and options.image is None:
        return read_character(options.character)
    if options.character is not None or options.teacher is None or options.image is None:
        raise SettingsError("Name either a CHARACTER, or a --teacher and an --image.")
    picture, teacher = read_picture(options.image), options.teacher.resolve().name
    return TeacherCharacter("image", options.image.stem, picture, teacher)


def reach(options: argparse.Namespace) -> None:
    """`bunraku reach`: which pixels each character shows is found, and written beside it."""
    engine = build_engine(options.engine, options.device, skip=False)
    for folder in options.character:
        found = _surveyed(load_character(folder), engine, options)
        save_reach(found, folder)
        near, far = (found.shown(512, grade).float().mean().item() for grade in (0, WILD - 1))
        sys.stdout.write(f"{folder.name} shows {near:.1%} of its picture near rest, {far:.1%} beyond.\n")


def _surveyed(character: Character, engine: Engine, options: argparse.Namespace) -> Reach:
    effort = Effort(options.quiet, options.most)
    with _progress(character.name) as progress:
        task = progress.add_task("", total=WILD * effort.most)
        found = find_reach(character, engine, effort, options.seed, lambda: progress.advance(task))
        progress.update(task, completed=WILD * effort.most)
    return found


def _progress(name: str) -> Progress:
    columns = (TextColumn(name), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True))


def _crop(text: str | None) -> tuple[int, int, int, int]:
    if text is None:
        return (0, 0, 512, 512)
    numbers = re.fullmatch(r"(\d+),(\d+),(\d+),(\d+)", text.replace(" ", ""))
    if numbers is None:
        raise SettingsError(f"The crop {text!r} must be four numbers: x,y,width,height.")
    x, y, width, height = map(int, numbers.groups())
    return x, y, width, height


def _colour(text: str) -> tuple[int, int, int] | None:
    if text == "transparent":
        return None
    if not re.fullmatch("#[0-9a-fA-F]{6}", text):
        raise SettingsError(f"The background {text!r} must be transparent or #rrggbb.")
    red, green, blue = bytes.fromhex(text[1:])
    return red, green, blue
