"""`bunraku face-model`: fetch what the server needs to see faces in webcam pictures."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from server.places import cache_folder
from server.tracking_model import ADDRESS, fetch

_BAR = 40


def add(parser: argparse.ArgumentParser) -> None:
    """The command's flags."""
    parser.add_argument(
        "--folder",
        type=Path,
        metavar="DIR",
        default=cache_folder(),
        help="where to put it (default: the cache)",
    )
    parser.add_argument(
        "--from",
        dest="source",
        default=ADDRESS,
        metavar="FILE",
        help="a model that is here already, or another address (default: Google's own)",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Fetch the face model unless it is there, and say where it stands, on standard output."""
    shown = _show if sys.stderr.isatty() else (lambda come, length: None)
    file = Path(options.source)
    path = fetch(options.folder, shown, file.absolute().as_uri() if file.is_file() else options.source)
    if sys.stderr.isatty():
        sys.stderr.write("\n")
    sys.stdout.write(f"{path}\n")


def _show(come: int, length: int | None) -> None:
    done = round(_BAR * come / length) if length else 0
    sys.stderr.write(f"\r[{'=' * done:<{_BAR}}] {come / 2**20:.1f} MiB")
    sys.stderr.flush()
