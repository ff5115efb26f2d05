"""`bunraku-client record`: a session's pictures become a film."""

import argparse
import asyncio
import contextlib
from argparse import Namespace
from pathlib import Path

from rich.console import Console

from bunraku_client.connect import watch
from bunraku_client.errors import InvalidInputError
from bunraku_client.film import Film, check, filming, is_opaque
from bunraku_client.session import Session
from bunraku_client.video import Video

_QUEUE = 64
_OPAQUE = "#ffffff"


def add_flags(one: argparse.ArgumentParser) -> None:
    """The command's own flags; those of every command are added elsewhere."""
    one.add_argument("--session", required=True, metavar="ID")
    one.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help=".webm or .mp4")
    one.add_argument("--seconds", type=float, help="stop after so long")
    one.add_argument("--fps", type=float, default=30, help="frames a second at most (30)")
    one.add_argument("--background", help="transparent or #rrggbb (an .mp4 is opaque: #ffffff)")


async def run(args: Namespace, out: Console) -> int:
    """Record until the session ends, the time is over, or Ctrl-C; the film is whole in each case."""
    check(args.output)
    video = Video(
        codecs=("webp", "png"),
        max_fps=args.fps,
        size=args.size,
        quality=0.9,
        background=_background(args),
    )
    async with watch(args.url, args.session, token=args.token, video=video, queue=_QUEUE) as session:
        out.print(f"recording {session.id}, {session.welcome.character_name}")
        with filming(args.output, session.stream.width, session.stream.height) as film:
            await _collect(session, film, args.seconds)
        out.print(f"{args.output}: {film.frames} frames, {session.skipped} skipped")
    return 0


def _background(args: Namespace) -> str:
    opaque = is_opaque(args.output)
    if opaque and args.background == "transparent":
        raise InvalidInputError("An .mp4 has no transparency: record a .webm.")
    return str(args.background or (_OPAQUE if opaque else "transparent"))


async def _collect(session: Session, film: Film, seconds: float | None) -> None:
    # Pictures are added on the loop itself: a thread could still write to a film that is being closed.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            async for frame in session.frames():
                film.add(frame.pixels(), frame.arrived_ms)
