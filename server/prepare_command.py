"""`bunraku prepare`: from a drawing to a character's picture."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from PIL import Image

from models.pictures import PictureError
from models.preparation.figure import Head
from models.preparation.prepare import prepare
from models.preparation.source import read_drawing


def add(parser: argparse.ArgumentParser) -> None:
    """The command's flags."""
    parser.add_argument("picture", type=Path, metavar="PICTURE", help="a drawing: .png, .jpg, .webp, ...")
    parser.add_argument("-o", "--output", type=Path, required=True, help="a .png file, 512 by 512")
    parser.add_argument(
        "--head",
        metavar="X,Y,SIZE",
        help="the square that holds the head, in the drawing's pixels: centre and side (default: guessed)",
    )
    parser.add_argument(
        "--remove-background", action="store_true", help="make a plain background transparent"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Write the prepared picture, and say what was done and what is wrong with it, on standard output."""
    if options.output.suffix.lower() != ".png":
        raise PictureError(f"{options.output.name} must end in .png.")
    drawing = read_drawing(options.picture)
    head = Head.parsed(options.head) if options.head else None
    prepared = prepare(drawing, head, remove_background=options.remove_background)
    try:
        Image.fromarray(prepared.pixels).save(options.output, format="PNG")
    except OSError as error:
        raise PictureError(f"{options.output} cannot be written: {error.strerror}.") from None
    sys.stdout.writelines(f"  {sentence}\n" for sentence in prepared.done)
    sys.stdout.writelines(f"! {sentence}\n" for sentence in prepared.wrong)
