"""What each command of `bunraku` does once its arguments are read."""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import re
import sys
import tempfile
import webbrowser
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from models.bench import COMPILED, EXPORTED, HEAD, UNSKIPPED, YARDSTICK, bench_engines
from models.cast import Cast
from models.character import Character, is_character, load_character, save_character, save_reach
from models.engine import Engine, Request
from models.engines import build_engine, find_device
from models.exported import exportable
from models.folders import AnyCharacter, read_character
from models.growth import growth
from models.idle import idle_pose
from models.lpips import read_lpips
from models.native.engine import NativeEngine
from models.pictures import read_picture
from models.pose import DEFAULT
from models.reach import WILD, Reach
from models.render import render as render_file
from models.sample import sample_character
from models.survey import Effort, find_reach
from models.teachers.bench import ablation_rows, likeness_rows, size_rows, systems, time_rows
from models.teachers.character import TeacherCharacter
from models.teachers.running import usual
from models.tracks import read_poses
from models.view import View
from server import delivery_command, logs
from server.bench import Plan, bench_sessions, running_server
from server.certificate import fingerprint
from server.codec_bench import bench_codecs
from server.engine_plot import engine_picture
from server.lan import invitation, on_the_network, own_address, page
from server.link_bench import SCENE, bench_link, picture
from server.places import state_folder
from server.settings import SettingsError, as_toml, settings_from
from server.tracking_bench import bench_tracking

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
            sys.stdout.write(invitation(address, fingerprint(Path(settings.tls_cert))))
        sys.stdout.flush()
        if options.open:
            webbrowser.open(address)

    _run(serve_app(settings, opened))


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


def bench(options: argparse.Namespace) -> None:
    """`bunraku bench`: tables, or one JSON object."""
    with ExitStack() as stack:
        folder = options.characters or _samples(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        characters = sorted(one for one in folder.iterdir() if is_character(one))
        if not characters:
            raise SettingsError(f"There is no character in {folder}.")
        poses = read_poses(options.poses) if options.poses else _motion()
        results: dict[str, Any] = {}
        if options.what in ("all", "engine"):
            results["engine"] = _bench_engine(options, characters, poses)
        if options.what in ("all", "codec"):
            results["codec"] = _bench_codec(options, characters[0], poses)
        if options.what in ("all", "serve"):
            results["serve"] = _run(_bench_serve(options, folder, [one.name for one in characters], poses))
        if options.what == "link":
            results["link"] = _run(_bench_link(options, folder, [one.name for one in characters], poses))
        if options.what == "tracking":
            results["tracking"] = _bench_tracking(options, folder, [one.name for one in characters], poses)
        if options.what in delivery_command.NAMES:
            results[options.what] = _bench_delivery(options, folder, [one.name for one in characters], poses)
        if options.what == "paper":
            results["paper"] = _bench_paper(options, characters, poses)
    if options.json:
        sys.stdout.write(json.dumps(results, indent=2) + "\n")


def _bench_engine(
    options: argparse.Namespace, folders: Sequence[Path], poses: NDArray[np.float32]
) -> Sequence[Mapping[str, Any]]:
    batches = _numbers(options.batches)
    characters = [load_character(folder) for folder in folders[: max(batches)]]
    rows = bench_engines(
        characters,
        poses,
        batches,
        views=[View(options.size), View(options.size, HEAD)],
        seconds=options.seconds,
        engines=_engines(options, characters),
        device=options.device,
    )
    if options.plot:
        options.plot.write_text(engine_picture(rows))
    if not options.json:
        _print_table(f"Engines, {options.size} by {options.size} and the head of it, taking turns", rows)
        best = [row for row in rows if row["engine"] == rows[-1]["engine"]]
        _print_table(f"How the time of a batch grows with {rows[-1]['engine']}", growth(best))
    return _finite(rows)


def _engines(options: argparse.Namespace, characters: Sequence[Character]) -> Sequence[str]:
    """The engines to compare: with and without skipping, where there is anything to skip."""
    best = build_engine(options.engine, options.device).name
    others = [COMPILED, *([EXPORTED] if exportable() else [])] if options.others else []
    skipping = any(one.reach is not None and one.reach.saves(WILD - 1) for one in characters)
    both = [f"{best} {UNSKIPPED}", best] if skipping and best == NativeEngine.name else [best]
    return list(dict.fromkeys((YARDSTICK, *others, "folded", *both)))


def _bench_codec(
    options: argparse.Namespace, folder: Path, poses: NDArray[np.float32]
) -> Sequence[Mapping[str, Any]]:
    if len(poses) < 2:
        raise SettingsError("Codecs are measured on a motion: two poses or more.")
    engine = build_engine(options.engine, options.device)
    character, view = load_character(folder), View(options.size)
    engine.load(character)
    drawn = [engine.draw([Request(character.id, pose, view)])[0] for pose in poses[:_PICTURES]]
    rows = bench_codecs(drawn)
    if not options.json:
        _print_table(f"Codecs, {options.size} by {options.size}, {len(drawn)} pictures at 30 a second", rows)
    return rows


async def _bench_serve(
    options: argparse.Namespace, folder: Path, characters: list[str], poses: NDArray[np.float32]
) -> Sequence[Mapping[str, Any]]:
    plan = Plan(characters, poses, options.fps, options.size, options.codec, options.seconds)
    best = build_engine(options.engine, options.device).name
    rows: list[Mapping[str, Any]] = []
    for engine in dict.fromkeys((best, YARDSTICK)):
        arguments = ("--characters", str(folder), "--engine", engine, "--device", options.device)
        async with running_server(*arguments) as address:
            counted = bench_sessions(address, plan, _numbers(options.sessions))
            rows += [{"engine": engine, **row} async for row in counted]
    if not options.json:
        _print_table(f"Server, {options.size} by {options.size}, {options.codec}, over loopback", rows)
    return rows


async def _bench_link(
    options: argparse.Namespace, folder: Path, characters: list[str], poses: NDArray[np.float32]
) -> Sequence[Mapping[str, Any]]:
    plan = Plan(characters, poses, options.fps, options.size, options.codec, 0.0)
    arguments = ("--characters", str(folder), "--engine", options.engine, "--device", options.device)
    async with running_server(*arguments) as address:
        rows, arrivals = await bench_link(address, plan)
    if options.plot:
        options.plot.write_text(picture(arrivals, SCENE))
    if not options.json:
        _print_table(f"A changing link, {options.size} by {options.size}, {options.codec}", rows)
    return _finite(rows)


def _bench_tracking(
    options: argparse.Namespace, folder: Path, characters: list[str], poses: NDArray[np.float32]
) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    if options.clip is None:
        raise SettingsError("Tracking is measured on a film of a face: --clip FILE.")
    plan = Plan(characters, poses, options.fps, options.size, options.codec, options.seconds)
    tables = _run(bench_tracking(options.clip, options.face_model, folder, plan))
    if not options.json:
        for title, rows in tables.items():
            _print_table(title, rows)
    return {title: _finite(rows) for title, rows in tables.items()}


def _bench_delivery(
    options: argparse.Namespace, folder: Path, characters: list[str], poses: NDArray[np.float32]
) -> Sequence[Mapping[str, Any]]:
    plan = Plan(characters, poses, options.fps, options.size, options.codec, options.seconds)
    watchers, sessions = [0, *_numbers(options.watchers)], _numbers(options.sessions)[0]
    title, rows = _run(delivery_command.deliver(options, plan, folder, watchers, sessions))
    if not options.json:
        _print_table(f"{title}, {options.size} by {options.size}, {options.codec}", rows)
    return _finite(rows)


def _bench_paper(
    options: argparse.Namespace, folders: Sequence[Path], poses: NDArray[np.float32]
) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    device = find_device(options.device)
    characters = [load_character(folder) for folder in folders]
    engines = [build_engine(name, options.device) for name in (options.engine, YARDSTICK)]
    teachers = systems(options.teachers or Path())
    few = poses[:: max(1, len(poses) // _COMPARED)][:_COMPARED]
    lpips = read_lpips(options.vgg) if options.vgg else None
    tables = {
        "sizes": size_rows(teachers, characters[0]),
        # Before the times, which turn the systems to half precision where that is faster.
        "students against THA4": likeness_rows(teachers, characters, engines[0], few, device, lpips),
        "times, batch 1": time_rows(teachers, characters[0], engines, few, device),
        "ablations": ablation_rows(characters[0], few),
    }
    if not options.json:
        for title, rows in tables.items():
            if rows:
                _print_table(title, rows)
        if not tables["students against THA4"]:
            sys.stdout.write(
                "No likeness: THA4's weights are made by rule here; --teachers names real ones.\n"
            )
    return tables


def _finite(rows: Iterable[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    return [{name: _plain(value) for name, value in row.items()} for row in rows]


def _plain(value: object) -> object:
    # JSON knows neither infinity nor NaN.
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _progress(name: str) -> Progress:
    columns = (TextColumn(name), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True))


def _print_table(title: str, rows: Iterable[Mapping[str, Any]]) -> None:
    rows = list(rows)
    table = Table(title=title)
    for name in rows[0]:
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(*(f"{value:.4g}" if isinstance(value, float) else str(value) for value in row.values()))
    width = None if sys.stdout.isatty() else 200
    Console(width=width).print(table)


def _samples(folder: Path) -> Path:
    for number in range(_SAMPLES):
        save_character(sample_character(f"sample_{number}", number), folder / f"sample_{number}")
    return folder


def _motion() -> NDArray[np.float32]:
    return np.stack([idle_pose(DEFAULT, 5 + frame / 30, seed=1) for frame in range(_POSES)])


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


def _numbers(text: str) -> list[int]:
    if not re.fullmatch(r"[1-9]\d*(,[1-9]\d*)*", text):
        raise SettingsError(f"{text!r} must be numbers above 0, separated by commas.")
    return [int(number) for number in text.split(",")]


def _run(work: Any) -> Any:
    if sys.platform == "win32":
        return asyncio.run(work)
    import uvloop

    return uvloop.run(work)
