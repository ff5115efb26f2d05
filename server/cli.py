"""The command `bunraku`: it parses, and hands on."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from models.survey import Effort
from models.teachers.running import PRECISIONS
from server import (
    __version__,
    bench_command,
    commands,
    compare_command,
    distill_command,
    evaluate_command,
    face_model_command,
    prepare_command,
    puppetry,
    relay_command,
    train_command,
)
from server.drawing_flags import add_drawing
from server.settings import add_flags


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command: 0, or 2 with one sentence on standard error, or 130 after Ctrl-C."""
    options = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], None] = options.run
    try:
        run(options)
    except ValueError as error:  # every error of ours is one, and its text is a sentence
        print(f"bunraku: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bunraku", description="Draws anime characters, live.")
    parser.add_argument("--version", action="version", version=f"bunraku {__version__}")
    add = parser.add_subparsers(required=True, metavar="COMMAND").add_parser
    _serve(add("serve", help="serve characters over WebSocket"))
    relay_command.add(add("relay", help="let more people watch the sessions of a server"))
    _render(add("render", help="draw a character at recorded poses into a file"))
    _reach(add("reach", help="find which pixels characters show, so that no others are drawn"))
    bench_command.add(add("bench", help="measure engines and the server side by side"))
    face_model_command.add(add("face-model", help="fetch what sees faces in webcam pictures"))
    prepare_command.add(add("prepare", help="make a drawing into a character's picture"))
    distill_command.add(add("distill", help="teach a character what a teacher draws"))
    evaluate_command.add(add("evaluate", help="measure a student against its teacher"))
    compare_command.add(add("compare", help="say how alike two runs of pictures are"))
    train_command.add(add("train", help="train the body networks of a full system"))
    _puppet(add("puppet", help="draw a character in code from a description"))
    return parser


def _serve(parser: argparse.ArgumentParser) -> None:
    add_flags(parser)
    parser.add_argument("--print-config", action="store_true", help="print the settings as TOML, and stop")
    parser.add_argument("--open", action="store_true", help="open the page in a browser")
    parser.set_defaults(run=commands.serve)


def _render(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "character", type=Path, nargs="?", metavar="CHARACTER", help="folder of the character"
    )
    parser.add_argument("--teacher", type=Path, metavar="DIR", help="full system that poses --image instead")
    parser.add_argument("--image", type=Path, metavar="PICTURE", help="512 by 512 RGBA PNG, for --teacher")
    parser.add_argument(
        "--precision", choices=("auto", *PRECISIONS), default="auto", help="of the --teacher's networks"
    )
    parser.add_argument("--compile", action="store_true", help="the --teacher through torch.compile")
    parser.add_argument("--poses", type=Path, required=True, help=".npz, .npy, .json or .jsonl of poses")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        help=".npz (frames), .png (sheet), .webp, .gif, .mp4 or .webm",
    )
    parser.add_argument("--size", type=int, default=512, help="of the whole picture: 512, 256 or 128")
    parser.add_argument("--crop", metavar="X,Y,W,H", help="part of the picture, in 512-space")
    parser.add_argument("--background", default="transparent", help="transparent or #rrggbb")
    parser.add_argument("--fps", type=float, default=30.0, help="frames a second of an animation or a track")
    parser.add_argument("--columns", type=int, help="columns of a sheet")
    parser.add_argument("--no-skip", action="store_true", help="draw also where the character shows nothing")
    add_drawing(parser)
    parser.set_defaults(run=commands.render)


def _reach(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("character", type=Path, nargs="+", metavar="CHARACTER", help="its folder")
    parser.add_argument(
        "--quiet", type=int, default=Effort.quiet, help="poses in a row that must show nothing new"
    )
    parser.add_argument("--most", type=int, default=Effort.most, help="poses drawn at most, near and far")
    parser.add_argument("--seed", type=int, default=0, help="another number, other poses")
    add_drawing(parser)
    parser.set_defaults(run=commands.reach)


def _puppet(parser: argparse.ArgumentParser) -> None:
    add = parser.add_subparsers(required=True, metavar="WHAT").add_parser

    def command(
        name: str, run: Callable[[argparse.Namespace], None], text: str, output: str
    ) -> argparse.ArgumentParser:
        one = add(name, help=text)
        one.add_argument("-o", "--output", type=Path, required=True, help=output)
        one.set_defaults(run=run)
        return one

    new = command(
        "new", puppetry.new, "write a description drawn by lot, to edit", "a .toml file, not yet there"
    )
    new.add_argument("name", metavar="NAME", help="the puppet's name")
    new.add_argument("--seed", type=int, default=0, help="another number, another puppet of that name")
    picture = command("picture", puppetry.picture, "draw a puppet at rest", "a .png file")
    sheet = command("sheet", puppetry.sheet, "draw every pose parameter at its ends", "a .png file")
    render = command(
        "render",
        puppetry.render,
        "draw a puppet at recorded poses",
        ".npz, .png (sheet), .webp, .gif, .mp4 or .webm",
    )
    for one in (picture, sheet, render):
        one.add_argument(
            "description", metavar="DESCRIPTION", help="a .toml file, or the name of a shipped one"
        )
    render.add_argument("--poses", type=Path, required=True, help=".npz, .npy, .json or .jsonl of poses")
    render.add_argument("--size", type=int, default=512, help="of the whole picture: 512, 256 or 128")
    render.add_argument("--fps", type=float, default=30.0, help="frames a second of an animation or a track")
    render.add_argument("--columns", type=int, help="columns of a sheet")


if __name__ == "__main__":
    sys.exit(main())
