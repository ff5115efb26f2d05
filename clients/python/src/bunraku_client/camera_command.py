"""`bunraku-client camera`: a session as a webcam that other programs can choose."""

import argparse
import asyncio
import contextlib
from argparse import Namespace
from typing import Any

import numpy as np
from rich.console import Console

from bunraku_client.connect import watch
from bunraku_client.errors import BunrakuError
from bunraku_client.session import Session
from bunraku_client.video import Video

_GREEN = "#00ff00"


def add_flags(one: argparse.ArgumentParser) -> None:
    """The command's own flags; those of every command are added elsewhere."""
    one.add_argument("--session", required=True, metavar="ID")
    one.add_argument("--background", default=_GREEN, help=f"#rrggbb ({_GREEN}): a webcam has no transparency")
    one.add_argument("--fps", type=float, default=30)
    one.add_argument("--seconds", type=float, help="stop after so long")


async def run(args: Namespace, out: Console) -> int:
    """Show the session in a virtual camera until it ends, the time is over, or Ctrl-C."""
    library = _library()
    video = Video(codecs=("webp", "jpeg"), size=args.size, max_fps=args.fps, background=args.background)
    async with watch(args.url, args.session, token=args.token, video=video) as session:
        with _camera(library, session, args.fps) as camera:
            out.print(f"{session.id} is the camera {camera.device}")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(args.seconds):
                    await _show(session, camera)
    return 0


async def _show(session: Session, camera: Any) -> None:
    size = (session.stream.width, session.stream.height)
    async for frame in session.frames():
        # A server sends smaller pictures over a slow link; a device has one size.
        camera.send(np.asarray(frame.image().convert("RGB").resize(size)))


def _camera(library: Any, session: Session, fps: float) -> Any:
    try:
        return library.Camera(width=session.stream.width, height=session.stream.height, fps=fps)
    except RuntimeError as error:
        raise BunrakuError(f"No virtual camera can be opened: {error}.") from error


def _library() -> Any:
    try:
        import pyvirtualcam  # type: ignore[import-not-found, unused-ignore]
    except ImportError as error:
        raise BunrakuError("A virtual camera needs pyvirtualcam: install bunraku-client[camera].") from error
    return pyvirtualcam
