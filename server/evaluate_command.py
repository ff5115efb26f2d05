"""`bunraku evaluate`: how well a student does as its teacher does."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import track

from models.character import load_character
from models.distill.measure import trials
from models.distill.recipe import DistillError
from models.distill.report import page, scored, side_by_side, summary
from models.distill.source import find_teacher
from models.engines import find_device
from server.drawing_flags import add_drawing


def add(parser: argparse.ArgumentParser) -> None:
    """The command's flags."""
    parser.add_argument("character", type=Path, metavar="CHARACTER", help="folder of the student")
    parser.add_argument(
        "--teacher",
        required=True,
        help="puppet:NAME, the folder of a character, or that of a full system, which poses --image",
    )
    parser.add_argument("--image", type=Path, metavar="PICTURE", help="512 by 512 PNG, for a full system")
    parser.add_argument("--count", type=int, default=1000, help="held-out poses")
    parser.add_argument("--seed", type=int, default=0, help="of the run that taught it")
    parser.add_argument("-o", "--output", type=Path, help=".html (report) or .png (the ten worst poses)")
    add_drawing(parser)
    # The yardstick, unless another is asked for: on a CPU the quick ones take a fraction of its time.
    parser.set_defaults(run=run, engine="literal")


def run(options: argparse.Namespace) -> None:
    """Say mean and worst on standard output, and write the report where one is asked for."""
    output: Path | None = options.output
    if output and output.suffix not in (".html", ".png"):
        raise DistillError(f"{output.name} must end in .html or .png.")
    if options.count < 1 or options.seed < 0:
        raise DistillError("--count must be at least 1, and --seed at least 0.")
    if output and not output.parent.is_dir():
        raise DistillError(f"There is no folder {output.parent} to write {output.name} into.")
    device = find_device(options.device)
    character = load_character(options.character.resolve())
    teacher = find_teacher(options.teacher, device, options.image)
    tried = trials(character, teacher, options.count, options.seed, device, options.engine)
    shown = track(tried, "poses", options.count, console=Console(stderr=True), transient=True)
    scores = scored(shown)
    sys.stdout.write(f"{summary(scores)}\n")
    try:
        if output and output.suffix == ".png":
            side_by_side(scores.worst).save(output)
        elif output:
            output.write_text(page(character.name, scores), "utf-8")
    except OSError as error:
        raise DistillError(f"{output} cannot be written: {error.strerror}.") from None
