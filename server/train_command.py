"""`bunraku train`: the body networks of a full system, taught by examples."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from models.distill.recipe import PAPER
from models.distill.source import find_teacher
from models.engines import find_device
from models.likeness import Likeness
from models.lpips import read_lpips
from models.teachers.files import read_network, read_system
from models.teachers.rotators import BodyMorpher
from models.team import Team, gathering, own_device
from models.training.ablation import KINDS, PAPER_PSNR, Ablation, Plan
from models.training.checkpoint import resume, state_in
from models.training.course import COURSES, Course, TrainingError
from models.training.making import make_triples
from models.training.measure import PAPER as PAPER_TABLE
from models.training.measure import by_system, measured
from models.training.run import run as learn
from models.training.training import Aids, Training
from models.training.triples import read_folder
from models.vgg import read_vgg
from models.weights import write_weights
from server.interrupts import interrupts


def add(parser: argparse.ArgumentParser) -> None:
    """The command's flags."""
    what = parser.add_subparsers(required=True, metavar="WHAT")
    _add_dataset(what.add_parser("dataset", help="draw examples from puppets made by lot"))
    for name, course in COURSES.items():
        _add_network(what.add_parser(name, help=f"train {name}, at {course.size} by {course.size}"), name)
    _add_ablation(what.add_parser("ablation", help="teach a student that lacks an idea, and measure it"))
    _add_measure(what.add_parser("measure", help="how near a full system comes to the posed pictures"))


def _add_dataset(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="a new folder")
    parser.add_argument("--puppets", type=int, default=20, help="how many, drawn by lot")
    parser.add_argument("--each", type=int, default=10, help="poses of each")
    parser.add_argument("--seed", type=int, default=0, help="another number, other puppets and poses")
    parser.set_defaults(run=dataset)


def _add_network(parser: argparse.ArgumentParser, name: str) -> None:
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder of examples")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER", help=f"for {name}.pt")
    parser.add_argument("--vgg", type=Path, metavar="FILE", help="VGG16's weights, of torchvision")
    parser.add_argument("--no-perceptual", action="store_true", help="L1 alone, which needs no --vgg")
    parser.add_argument("--half-rotator", type=Path, metavar="FILE", help="a trained body_morpher.pt")
    parser.add_argument(
        "--examples", type=int, help="in all, the phases in proportion (default: the paper's)"
    )
    parser.add_argument("--batch", type=int, default=16, help="examples a step, over all processes")
    parser.add_argument("--rate", type=float, default=1e-4, help="of Adam, after the warm-up")
    parser.add_argument("--every", type=int, default=1000, help="steps between checkpoints")
    parser.add_argument("--held-out", type=Path, metavar="DIR", help="examples measured at each checkpoint")
    parser.add_argument("--count", type=int, default=16, help="how many of them")
    parser.add_argument("--threads", type=int, default=4, help="that read pictures")
    parser.add_argument("--seed", type=int, default=0, help="another number, other weights and order")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    parser.set_defaults(run=network, network=name)


def _add_ablation(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", choices=tuple(KINDS), help="which body")
    parser.add_argument("--teacher", required=True, help="puppet:NAME, a student's or a full system's folder")
    parser.add_argument("--image", type=Path, metavar="PICTURE", help="512 by 512 PNG, for a full system")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="its weights: .pt or .safetensors")
    parser.add_argument("--examples", type=int, default=PAPER.examples, help="in all")
    parser.add_argument("--batch", type=int, default=Plan.batch, help="examples a step")
    parser.add_argument("--tile", type=int, default=Plan.tile, help="side of the square learnt in a step")
    parser.add_argument("--count", type=int, default=100, help="held-out poses")
    parser.add_argument("--seed", type=int, default=0, help="another number, other poses and weights")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1 or mps")
    parser.set_defaults(run=ablation)


def _add_measure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("system", type=Path, metavar="SYSTEM", help="folder of a full system")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder of examples")
    parser.add_argument("--count", type=int, default=100, help="how many of them")
    parser.add_argument("--vgg", type=Path, metavar="FILE", help="VGG16's weights, for LPIPS")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1 or mps")
    parser.set_defaults(run=measure)


def dataset(options: argparse.Namespace) -> None:
    """`bunraku train dataset`."""
    with _progress(options.puppets * options.each, 0, hidden=False) as progress:
        advance = progress.tasks[0]
        make_triples(
            options.output, options.puppets, options.each, options.seed, lambda: progress.advance(advance.id)
        )


def network(options: argparse.Namespace) -> None:
    """`bunraku train NETWORK`; after Ctrl-C the same command goes on."""
    device = own_device(find_device(options.device))
    with gathering(device) as team:
        training = Training(
            _course(options),
            read_folder(options.data),
            _aids(options),
            options.seed,
            device,
            team=team,
            threads=options.threads,
        )
        try:
            _learnt(training, options, team)
        finally:
            training.close()


def ablation(options: argparse.Namespace) -> None:
    """`bunraku train ablation`: our figure beside the paper's (Table 6)."""
    plan = Plan(options.examples, options.batch, options.tile, options.seed)
    if options.count < 1:
        raise TrainingError("--count must be at least 1.")
    one = Ablation(
        options.kind, find_teacher(options.teacher, find_device(options.device), options.image), plan
    )
    with _progress(plan.steps, 0, hidden=False) as progress:
        while one.step < plan.steps:
            told = f"loss {one.learn():.4f}"
            progress.update(progress.tasks[0].id, completed=one.step, description=told)
    if options.output:
        write_weights(one.network.state_dict(), options.output)
    found = one.measured(options.count)
    sys.stdout.write(
        f"{options.kind} after {plan.examples} examples: mean {found.psnr:.2f} dB, worst"
        f" {found.worst_psnr:.2f} dB, SSIM {found.ssim:.4f} over {options.count} poses."
        f" The paper's student: {PAPER_PSNR} dB after {PAPER.examples}.\n"
    )


def measure(options: argparse.Namespace) -> None:
    """`bunraku train measure`: our figures beside the paper's (Table 1)."""
    system = read_system(options.system)
    name = "THA4" if system.version == "tha4" else "THA3"
    lpips = read_lpips(options.vgg) if options.vgg else None
    show = by_system(system, find_device(options.device))
    found = measured(show, read_folder(options.data), options.count, lpips)
    psnr, ssim, eyes = PAPER_TABLE[name]
    sys.stdout.write(
        f"{_figures(found)}\n{name} in the paper, on its own pictures:"
        f" {psnr} dB, SSIM {ssim}, LPIPS {eyes:.4f}.\n"
    )


def _learnt(training: Training, options: argparse.Namespace, team: Team) -> None:
    folder = options.output.resolve()
    resume(training, folder)
    with (
        _progress(training.course.steps, training.step, hidden=team.rank > 0) as progress,
        interrupts() as ends,
    ):
        finished = learn(
            training,
            folder if team.rank == 0 else None,
            options.every,
            _on_step(training, progress),
            _on_saved(training, options, progress),
            lambda: team.anyone(bool(ends)),
        )
    if not finished:
        if team.rank == 0:
            state = state_in(folder, training.course.network)
            sys.stderr.write(f"{state} holds the run; the same command goes on.\n")
        raise KeyboardInterrupt


def _on_step(training: Training, progress: Progress) -> Callable[[Mapping[str, float]], None]:
    task = progress.tasks[0]

    def on_step(terms: Mapping[str, float]) -> None:
        told = f"loss {sum(terms.values()):.4f} merged {terms['merged']:.4f}"
        progress.update(task.id, completed=training.step, description=told)

    return on_step


def _on_saved(training: Training, options: argparse.Namespace, progress: Progress) -> Callable[[], None]:
    held_out = read_folder(options.held_out) if options.held_out else None

    def on_saved() -> None:
        if held_out is not None:
            found = measured(training.shown, held_out, options.count)
            progress.console.print(f"step {training.step}: {_figures(found)}")

    return on_saved


def _course(options: argparse.Namespace) -> Course:
    if min(options.batch, options.every, options.threads) < 1 or options.seed < 0 or options.rate <= 0:
        raise TrainingError("--batch, --every and --threads must be at least 1, and --rate above 0.")
    course = replace(COURSES[options.network], batch=options.batch, rate=options.rate)
    if options.no_perceptual:
        course = course.without_perceptual()
    return course if options.examples is None else course.shortened(options.examples)


def _aids(options: argparse.Namespace) -> Aids:
    rotator = options.half_rotator
    return Aids(
        read_vgg(options.vgg) if options.vgg and not options.no_perceptual else None,
        read_network(BodyMorpher, rotator) if rotator else None,
    )


def _figures(found: Likeness) -> str:
    eyes = "LPIPS not measured: it needs --vgg" if found.lpips is None else f"LPIPS {found.lpips:.4f}"
    return f"mean {found.psnr:.2f} dB, worst {found.worst_psnr:.2f} dB, SSIM {found.ssim:.4f}, {eyes}."


@contextmanager
def _progress(total: int, done: int, *, hidden: bool) -> Iterator[Progress]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=hidden) as progress:
        progress.add_task("", total=total, completed=done)
        yield progress
