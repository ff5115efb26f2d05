"""`bunraku bench`: everything that is measured, each by a name of its own, as tables or one JSON object."""

from __future__ import annotations

import argparse
import json
import math
import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from models.bench import (
    COMPILED,
    EXPORTED,
    HEAD,
    SKIPPING,
    UNSKIPPED,
    YARDSTICK,
    bench_engines,
    repeated,
)
from models.character import Character, is_character, load_character, save_character
from models.distill.bench import RECIPES, bench_recipes
from models.distill.source import find_teacher
from models.engine import Request
from models.engines import build_engine, find_device
from models.exported import exportable
from models.growth import growth
from models.idle import idle_pose
from models.lpips import read_lpips
from models.native.engine import NativeEngine
from models.native.library import Library
from models.pose import DEFAULT
from models.reach import WILD
from models.sample import sample_character
from models.teachers.bench import ablation_rows, likeness_rows, size_rows, systems, time_rows
from models.tracks import read_poses
from models.view import View
from server.bench import bench_sessions, running_server
from server.codec_bench import bench_codecs
from server.delivery_bench import joined, watched, whole_way
from server.drawing_flags import add_drawing
from server.engine_plot import engine_picture
from server.link_bench import SCENE, bench_link, picture
from server.loop import run_loop
from server.performing import Plan
from server.recipe_plot import recipe_picture
from server.settings import SettingsError
from server.tracking_bench import bench_tracking

Rows = Iterable[Mapping[str, Any]]
Tables = Mapping[str, Rows]
"""Rows by their title."""

_SAMPLES = 4
_POSES = 600
_PICTURES = 60
_COMPARED = 10
_NO_LIKENESS = ", whose weights are made by rule here; --teachers names real ones"


@dataclass(frozen=True)
class Material:
    """What is measured: a folder of characters, those in it, and poses (N, 45)."""

    options: argparse.Namespace
    folder: Path
    characters: Sequence[Path]
    poses: NDArray[np.float32]

    @property
    def plan(self) -> Plan:
        """What sessions do."""
        names, options = [one.name for one in self.characters], self.options
        return Plan(names, self.poses, options.fps, options.size, options.codec, options.seconds)

    def server(self, engine: str = "") -> tuple[str, ...]:
        """The arguments of a server that draws them, by that engine or the one that was asked for."""
        chosen = engine or self.options.engine
        return ("--characters", str(self.folder), "--engine", chosen, "--device", self.options.device)

    @property
    def picture(self) -> str:
        """How large, for titles."""
        return f"{self.options.size} by {self.options.size}"


def add(parser: argparse.ArgumentParser) -> None:
    """The command's flags."""
    parser.add_argument(
        "what",
        nargs="?",
        choices=("all", *_BENCHES),
        default="all",
    )
    parser.add_argument(
        "--characters", type=Path, metavar="DIR", help="folder of characters (default: made-up ones)"
    )
    parser.add_argument(
        "--teachers",
        type=Path,
        metavar="DIR",
        help="folder of full systems, for paper (default: weights by rule)",
    )
    parser.add_argument("--vgg", type=Path, metavar="FILE", help="VGG16's weights, for paper's LPIPS")
    parser.add_argument("--poses", type=Path, help="recorded poses (default: made-up motion)")
    parser.add_argument("--size", type=int, default=512, help="of the whole picture: 512, 256 or 128")
    parser.add_argument("--seconds", type=float, default=8.0, help="time for each row")
    parser.add_argument(
        "--others", action="store_true", help="also torch.compile and, where it is installed, ONNX Runtime"
    )
    parser.add_argument("--batches", default="1,2,4", metavar="N,N", help="batch sizes of the engines")
    parser.add_argument(
        "--cast",
        type=int,
        default=0,
        metavar="N",
        help="for engine: as many characters, by having some twice",
    )
    parser.add_argument(
        "--sessions", default="1,2,4,8,16,32", metavar="N,N", help="numbers of sessions of the server"
    )
    parser.add_argument("--fps", type=float, default=30.0, help="poses a second of each session")
    parser.add_argument("--watchers", default="100,1000", metavar="N,N", help="how many, for watch")
    parser.add_argument(
        "--relays", type=int, default=0, help="for watch: also those who watch so many relays (0)"
    )
    parser.add_argument("--codec", default="webp", help="any of the protocol: h264-alpha, h264, webp, ...")
    parser.add_argument("--clip", type=Path, metavar="FILE", help="a film of a face, for tracking")
    parser.add_argument("--face-model", default="", metavar="FILE", help="what sees faces, for tracking")
    parser.add_argument(
        "--subject", default="puppet:tsubaki", help="for distill: puppet:NAME or a character's folder"
    )
    parser.add_argument(
        "--recipes", default=",".join(RECIPES), metavar="NAME,NAME", help="for distill (default: all)"
    )
    parser.add_argument(
        "--points", type=int, default=2, help="how often each recipe is measured, for distill"
    )
    parser.add_argument(
        "--targets", default="sm_80,sm_89,sm_90", metavar="NAME,NAME", help="GPUs for kernels, here or not"
    )
    parser.add_argument("--plot", type=Path, metavar="FILE", help="an .svg of engine, link or distill")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    add_drawing(parser)
    parser.set_defaults(run=bench)


def bench(options: argparse.Namespace) -> None:
    """`bunraku bench`."""
    chosen = _USUAL if options.what == "all" else (options.what,)
    results: dict[str, Mapping[str, Any]] = {}
    with ExitStack() as stack:
        material = _material(options, stack)
        for name in chosen:
            tables = _BENCHES[name](material)
            results[name] = {title: _plain(rows) for title, rows in tables.items()}
            if not options.json:
                for title, rows in tables.items():
                    _print_table(title, rows)
    if options.json:
        sys.stdout.write(json.dumps(results, indent=2) + "\n")


def _material(options: argparse.Namespace, stack: ExitStack) -> Material:
    folder = options.characters or _samples(Path(stack.enter_context(tempfile.TemporaryDirectory())))
    characters = sorted(one for one in folder.iterdir() if is_character(one))
    if not characters:
        raise SettingsError(f"There is no character in {folder}.")
    return Material(options, folder, characters, read_poses(options.poses) if options.poses else _motion())


def _engine(material: Material) -> Tables:
    options, batches = material.options, _numbers(material.options.batches)
    found = [load_character(folder) for folder in material.characters[: max(batches)]]
    characters = repeated(found, options.cast)
    rows = bench_engines(
        characters,
        material.poses,
        batches,
        views=[View(options.size), View(options.size, HEAD)],
        seconds=options.seconds,
        engines=_engines(options, characters),
        device=options.device,
    )
    if options.plot:
        options.plot.write_text(engine_picture(rows))
    best = rows[-1]["engine"]
    return {
        f"Engines, {material.picture} and the head of it, taking turns": rows,
        f"How the time of a batch grows with {best}": growth([row for row in rows if row["engine"] == best]),
    }


def _engines(options: argparse.Namespace, characters: Sequence[Character]) -> Sequence[str]:
    """The engines to compare: with and without skipping, where there is anything to skip."""
    best = build_engine(options.engine, options.device).name
    others = [COMPILED, *([EXPORTED] if exportable() else [])] if options.others else []
    skipping = any(one.reach is not None and one.reach.saves(WILD - 1) for one in characters)
    mine = [f"{best} {UNSKIPPED}"] * (skipping and best in SKIPPING) + [best]
    if best == NativeEngine.name and options.others:
        mine = [f"{best}:{kernel}" for kernel in Library().kernels[1:-1]] + mine
    return list(dict.fromkeys((YARDSTICK, *others, "folded", *mine)))


def _codec(material: Material) -> Tables:
    if len(material.poses) < 2:
        raise SettingsError("Codecs are measured on a motion: two poses or more.")
    engine = build_engine(material.options.engine, material.options.device)
    character, view = load_character(material.characters[0]), View(material.options.size)
    engine.load(character)
    drawn = [engine.draw([Request(character.id, pose, view)])[0] for pose in material.poses[:_PICTURES]]
    return {f"Codecs, {material.picture}, {len(drawn)} pictures at 30 a second": bench_codecs(drawn)}


def _serve(material: Material) -> Tables:
    return {
        f"Server, {material.picture}, {material.options.codec}, over loopback": run_loop(_served(material))
    }


async def _served(material: Material) -> Rows:
    rows: list[Mapping[str, Any]] = []
    best = build_engine(material.options.engine, material.options.device).name
    counts = _numbers(material.options.sessions)
    for engine in dict.fromkeys((best, YARDSTICK)):
        with tempfile.TemporaryDirectory() as folder:
            trace = Path(folder) / "times.jsonl"
            async with running_server(*material.server(engine), "--trace", str(trace)) as address:
                counted = bench_sessions(address, material.plan, counts, trace)
                rows += [{"engine": engine, **row} async for row in counted]
    return rows


def _link(material: Material) -> Tables:
    return {f"A changing link, {material.picture}, {material.options.codec}": run_loop(_linked(material))}


async def _linked(material: Material) -> Rows:
    async with running_server(*material.server()) as address:
        rows, arrivals = await bench_link(address, material.plan)
    if material.options.plot:
        material.options.plot.write_text(picture(arrivals, SCENE))
    return rows


def _tracking(material: Material) -> Tables:
    options = material.options
    if options.clip is None:
        raise SettingsError("Tracking is measured on a film of a face: --clip FILE.")
    tables: Tables = run_loop(
        bench_tracking(options.clip, options.face_model, material.folder, material.plan)
    )
    return tables


def _watch(material: Material) -> Tables:
    counts = [0, *_numbers(material.options.watchers)]
    rows = run_loop(watched(material.server(), material.plan, counts, material.options.relays))
    return {f"A performer and so many watchers, by turns, {material.picture}, {material.options.codec}": rows}


def _join(material: Material) -> Tables:
    rows = run_loop(joined(material.server(), material.plan))
    return {f"A watcher while others join, {material.picture}, {material.options.codec}": rows}


def _whole(material: Material) -> Tables:
    sessions = _numbers(material.options.sessions)[0]
    rows = run_loop(whole_way(material.server(), material.plan, sessions))
    return {f"{sessions} sessions and Chromium, {material.picture}, {material.options.codec}": rows}


def _paper(material: Material) -> Tables:
    options, device = material.options, find_device(material.options.device)
    characters = [load_character(folder) for folder in material.characters]
    engines = [build_engine(name, options.device) for name in (options.engine, YARDSTICK)]
    teachers, poses = systems(options.teachers or Path()), material.poses
    few = poses[:: max(1, len(poses) // _COMPARED)][:_COMPARED]
    lpips = read_lpips(options.vgg) if options.vgg else None
    # Before the times, which turn the systems to half precision where that is faster.
    alike = likeness_rows(teachers, characters, engines[0], few, device, lpips)
    return {
        "sizes": size_rows(teachers, characters[0]),
        "students against THA4" + ("" if alike else _NO_LIKENESS): alike,
        "times, batch 1": time_rows(teachers, characters[0], engines, few, device),
        "ablations": ablation_rows(characters[0], few),
    }


def _distill(material: Material) -> Tables:
    options, device = material.options, find_device(material.options.device)
    if options.points < 1:
        raise SettingsError("--points must be at least 1.")
    teacher = find_teacher(options.subject, device, quick=True)
    rows = []
    for row in bench_recipes(teacher, options.recipes.split(","), options.seconds, options.points, device):
        rows.append(row)
        # Such a run takes long: what it has found is seen, and kept, as it goes.
        sys.stderr.write(
            f"{row['recipe']}, {row['seconds']:.0f} s: {row['face']:.1f} and {row['psnr']:.1f} dB\n"
        )
        if options.plot:
            options.plot.write_text(recipe_picture(rows))
    return {f"Students of {options.subject} by recipe": rows}


def _kernels(material: Material) -> Tables:
    try:
        from models.fused.survey import survey
    except ModuleNotFoundError:
        raise SettingsError("The kernels need the package triton, which is not installed.") from None
    return {f"Kernels, compiled for {name}": survey(name) for name in material.options.targets.split(",")}


_BENCHES: Mapping[str, Callable[[Material], Tables]] = {
    "engine": _engine,
    "codec": _codec,
    "serve": _serve,
    "link": _link,
    "watch": _watch,
    "join": _join,
    "e2e": _whole,
    "tracking": _tracking,
    "paper": _paper,
    "distill": _distill,
    "kernels": _kernels,
}
_USUAL = ("engine", "codec", "serve")


def _plain(rows: Rows) -> Sequence[Mapping[str, Any]]:
    return [{name: _number(value) for name, value in row.items()} for row in rows]


def _number(value: object) -> object:
    # JSON knows neither infinity nor NaN.
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _print_table(title: str, rows: Rows) -> None:
    rows = list(rows)
    if not rows:
        sys.stdout.write(f"Not measured: {title}.\n")
        return
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


def _numbers(text: str) -> list[int]:
    if not re.fullmatch(r"[1-9]\d*(,[1-9]\d*)*", text):
        raise SettingsError(f"{text!r} must be numbers above 0, separated by commas.")
    return [int(number) for number in text.split(",")]
