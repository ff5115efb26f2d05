"""`bunraku-client bridge NAME`: a tracker's face performs a character."""

import argparse
import asyncio
import contextlib
from argparse import Namespace
from collections.abc import AsyncIterator, Callable, Coroutine
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from rich.console import Console

from bunraku_client import bridge_view, calibration, sources
from bunraku_client.bridge import AXES, Bridge
from bunraku_client.connect import connect
from bunraku_client.errors import InvalidInputError
from bunraku_client.live import live
from bunraku_client.play import play
from bunraku_client.session import Session
from bunraku_client.track import read_track
from bunraku_client.video import Video

NAMES = (*sources.PORTS, "livelink", "track")
_MOST_FPS = 120.0
_SHOWN_FPS = 8
# The frames are looked at for their latency alone.
_VIDEO = Video(codecs=("webp", "jpeg", "png"), size=128, max_fps=30)


def add_flags(one: argparse.ArgumentParser) -> None:
    """The command's own flags; those of every command are added elsewhere."""
    one.add_argument("name", choices=NAMES)
    one.add_argument("file", type=Path, nargs="?", help="the recording, for livelink and track")
    one.add_argument("--character", required=True, metavar="ID")
    one.add_argument("--listen", default="0.0.0.0", metavar="HOST", help="where packets are taken (0.0.0.0)")
    one.add_argument("--port", type=int, help="default: the tracker's own")
    one.add_argument("--from", dest="sender", metavar="IP", help="drop packets from any other address")
    one.add_argument("--fps", type=float, default=60, help="faces sent a second at most (60)")
    one.add_argument("--flip", default="", metavar="AXES", help="angles to turn round, of pitch,yaw,roll")
    one.add_argument("--mirror", action="store_true", help="do what a mirror would show")
    one.add_argument("--calibrate", action="store_true", help="keep the first half second as neutral")
    one.add_argument("--config", type=Path, default=calibration.config_path(), metavar="FILE")
    one.add_argument("--loop", action="store_true", help="begin a recording again at its end")
    one.add_argument("--seconds", type=float, help="stop after so long")
    one.add_argument("--plain", action="store_true", help="a line a second, for a log")


async def run(args: Namespace, out: Console) -> int:
    """Bridge until Ctrl-C, the end of a recording or of the session."""
    _check(args)
    bridge = Bridge(
        out.print,
        fps=args.fps,
        neutral=calibration.load(args.name, args.config),
        flip=_flipped(args.flip),
    )
    async with connect(args.url, args.character, token=args.token, video=_VIDEO) as session:
        if args.mirror:
            await session.set(tracking={"mirror": True})
        out.print(f"session {session.id} performs {session.welcome.character_name}")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(args.seconds):
                await _perform(args, bridge, session, out)
    out.print(bridge_view.line(bridge, None))
    return 0


async def _perform(args: Namespace, bridge: Bridge, session: Session, out: Console) -> None:
    if args.name == "track":
        track = await asyncio.to_thread(read_track, args.file)
        playing = play(session, track, loop=args.loop, told=lambda *_: bridge.passed())
        await _first_end(playing, _show(args, bridge, session, out))
        return
    async with _source(args, bridge) as over:
        await _first_end(over, _send(args, bridge, session, out), _show(args, bridge, session, out))


async def _send(args: Namespace, bridge: Bridge, session: Session, out: Console) -> None:
    if args.calibrate:
        neutral = await bridge.calibrate()
        await asyncio.to_thread(calibration.save, args.name, neutral, args.config)
        out.print(f"neutral face kept in {args.config}")
    await bridge.send(session)


@contextlib.asynccontextmanager
async def _source(args: Namespace, bridge: Bridge) -> AsyncIterator[Coroutine[Any, Any, Any]]:
    """Faces come while the block runs; gives what to run beside it, which ends where the faces do."""
    if args.name == "livelink":
        yield sources.replay(bridge, args.file, loop=args.loop)
        return
    port = sources.PORTS[args.name] if args.port is None else args.port
    if args.name == "vtubestudio":
        async with sources.plugins(bridge, args.listen, port, args.sender) as taken:
            yield sources.announce(taken)
        return
    async with sources.listening(bridge, sources.reader(args.name), args.listen, port, args.sender) as socket:
        greets = args.name == "ifacialmocap" and args.sender is not None
        greeting = asyncio.create_task(sources.greet(socket, args.sender)) if greets else None
        try:
            yield asyncio.Event().wait()
        finally:
            if greeting is not None:
                greeting.cancel()


async def _first_end(*parts: Coroutine[Any, Any, Any]) -> None:
    """Run all until the first ends; what it raised is raised."""
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _show(args: Namespace, bridge: Bridge, session: Session, out: Console) -> None:
    latest: list[float | None] = [None]
    await _first_end(_watch(session, latest), _draw(args.plain, bridge, out, lambda: latest[0]))


async def _watch(session: Session, latest: list[float | None]) -> None:
    async for frame in session.frames():
        latest[0] = latest[0] if frame.latency_ms is None else frame.latency_ms


async def _draw(plain: bool, bridge: Bridge, out: Console, latency: Callable[[], float | None]) -> None:
    if plain:
        while True:
            await asyncio.sleep(1)
            out.print(bridge_view.line(bridge, latency()))
    with live(out) as display:
        while True:
            display.update(bridge_view.table(bridge, latency()), refresh=True)
            await asyncio.sleep(1 / _SHOWN_FPS)


def _check(args: Namespace) -> None:
    if (args.file is None) == (args.name in ("livelink", "track")):
        raise InvalidInputError("A file is given for livelink and track, and for no other bridge.")
    if args.file is not None and not args.file.is_file():
        raise InvalidInputError(f"There is no file {args.file}.")
    if not 0 < args.fps <= _MOST_FPS:
        raise InvalidInputError(f"--fps is more than 0 and at most {_MOST_FPS:g}.")
    if args.port is not None and not 0 < args.port < 1 << 16:
        raise InvalidInputError("--port is a number from 1 to 65535.")
    if args.sender is not None and not _is_address(args.sender):
        raise InvalidInputError(f"--from takes an address like 192.168.1.20, not {args.sender}.")


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _flipped(text: str) -> frozenset[str]:
    axes = frozenset(filter(None, text.split(",")))
    if not axes <= set(AXES):
        raise InvalidInputError("--flip takes pitch, yaw and roll, with commas between.")
    return axes
