"""What each `bunraku puppet` command does once its arguments are read."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from models.pictures import write_picture
from models.puppet.character import PuppetCharacter
from models.puppet.description import Description, DescriptionError, find_description, read_description
from models.puppet.engine import PuppetEngine
from models.puppet.invent import as_toml, invented
from models.puppet.puppet import Puppet
from models.puppet.sheet import draw_sheet
from models.render import render as render_file
from models.tracks import read_poses
from models.view import View


def new(options: argparse.Namespace) -> None:
    """`bunraku puppet new`: a description drawn by lot, to edit. It never writes over a file."""
    text = as_toml(invented(options.name, options.seed))
    try:
        with options.output.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise _unwritten(options.output, error) from None


def picture(options: argparse.Namespace) -> None:
    """`bunraku puppet picture`: the puppet at rest, as the picture of a character."""
    _check_png(options.output)
    rest = _puppet(options.description).picture
    try:
        write_picture(rest, options.output)
    except OSError as error:
        raise _unwritten(options.output, error) from None


def sheet(options: argparse.Namespace) -> None:
    """`bunraku puppet sheet`: every parameter at its ends."""
    _check_png(options.output)
    drawn = draw_sheet(_puppet(options.description))
    try:
        drawn.save(options.output, format="PNG")
    except OSError as error:
        raise _unwritten(options.output, error) from None


def render(options: argparse.Namespace) -> None:
    """`bunraku puppet render`: recorded poses into one file, with a progress bar."""
    poses = read_poses(options.poses, options.fps)
    view = View(options.size)
    one = PuppetCharacter("it", _description(options.description))
    engine = PuppetEngine()
    engine.load(one)
    with _progress(one.name, len(poses)) as on_frame:
        render_file(
            engine,
            one.id,
            poses,
            options.output,
            view=view,
            fps=options.fps,
            columns=options.columns,
            on_frame=on_frame,
        )


@contextmanager
def _progress(name: str, total: int) -> Iterator[Callable[[int, int], None]]:
    columns = (TextColumn(name, markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=total)
        yield lambda done, _: progress.update(task, completed=done)


def _puppet(name: str) -> Puppet:
    return Puppet(_description(name))


def _description(name: str) -> Description:
    return read_description(find_description(name))


def _check_png(path: Path) -> None:
    if path.suffix.lower() != ".png":
        raise DescriptionError(f"{path.name} must end in .png.")


def _unwritten(path: Path, error: OSError) -> DescriptionError:
    return DescriptionError(f"{path} cannot be written: {error.strerror}.")
