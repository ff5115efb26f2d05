"""What each command of `bunraku-client` does, once its arguments are read."""

import asyncio
import contextlib
import itertools
import json
from argparse import Namespace
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.text import Text

from bunraku_client.catalogue import characters
from bunraku_client.connect import connect, watch
from bunraku_client.errors import BunrakuError, InvalidInputError, UnreachableError
from bunraku_client.frame import Frame, now_ms
from bunraku_client.live import live
from bunraku_client.load import Load, run_load
from bunraku_client.meter import Meter
from bunraku_client.play import play
from bunraku_client.pose import PoseValues, checked
from bunraku_client.session import Session
from bunraku_client.take import Take, filmed_as, taking
from bunraku_client.track import read_track
from bunraku_client.video import Video

_SHOT_SECONDS = 20
# Frames are only counted, or written as they are: none need be left out.
_QUEUE = 32
_AS_BROWSERS = ("h264-alpha", "webp")
_SUFFIX = {"webp": "webp", "jpeg": "jpg", "png": "png", "raw": "rgba", "h264": "h264", "h264-alpha": "h264"}


async def list_characters(args: Namespace, out: Console) -> int:
    """Print one line for each character: id, kind, name."""
    found = await characters(args.url)
    widest = max((len(character.id) for character in found), default=0)
    for character in found:
        out.print(f"{character.id:{widest}}  {character.kind}  {character.name}")
    return 0


async def play_track(args: Namespace, out: Console) -> int:
    """Perform a track, and film it where that was asked; a changing line tells frame rate and latency."""
    track = read_track(args.file, args.fps)
    video = Video(codecs=_codecs(args), size=args.size) if args.film is None else filmed_as(args)
    async with connect(args.url, args.character, token=args.token, video=video, queue=_QUEUE) as session:
        out.print(f"session {session.id} performs {session.welcome.character_name}")
        with (
            live(out) as display,
            taking(args.film, session.stream) as take,
        ):
            async with _beside(_show(session, display, take)):
                sent = await play(session, track, loop=args.loop, told=take.pose)
        _complain(session)
    out.print(f"{sent} poses sent, {session.counts.frames} frames received")
    return 0


async def watch_session(args: Namespace, out: Console) -> int:
    """Print a line a second, and save the pictures where that was asked."""
    if args.save is not None:
        await asyncio.to_thread(args.save.mkdir, parents=True, exist_ok=True)
    video = Video(codecs=(args.codec,), size=args.size)
    async with watch(args.url, args.session, token=args.token, video=video, queue=_QUEUE) as session:
        out.print(f"watching {session.id}, {session.welcome.character_name}, as {session.stream.codec}")
        meter = Meter(now_ms())
        async with _beside(_tell(meter, out)):
            await _collect(session, meter, args.save, args.seconds)
    out.print(f"{session.counts.frames} frames, {session.counts.bytes} bytes")
    return 0


async def take_shot(args: Namespace, out: Console) -> int:
    """Save one picture as PNG."""
    pose = None if args.pose is None else read_pose(args.pose)
    async with _subject(args) as session:
        frame = await _one_frame(session, pose)
    await asyncio.to_thread(args.output.write_bytes, frame.data)
    out.print(f"{args.output}: {frame.stream.width} by {frame.stream.height}")
    return 0


async def put_load(args: Namespace, out: Console) -> int:
    """Run a load and print its figures; 1 where no session drew a frame."""
    known = args.characters or [character.id for character in await characters(args.url)]
    if not known:
        raise BunrakuError("The server has no character to perform.")
    load = Load(
        url=args.url,
        sessions=args.sessions,
        characters=known,
        seconds=args.seconds,
        fps=args.fps,
        video=Video(codecs=_codecs(args), size=args.size, max_fps=min(60, max(1, args.fps))),
        track=None if args.track is None else read_track(args.track),
        token=args.token,
        encoding=args.encoding,
    )
    report = await run_load(load)
    for line in [json.dumps(report.as_dict())] if args.json else report.lines():
        out.print(line)
    return 0 if report.worked else 1


def read_pose(text: str) -> PoseValues:
    """A pose as `--pose` takes it: JSON, a map of names to numbers or 45 numbers."""
    try:
        return checked(json.loads(text))
    except json.JSONDecodeError as error:
        raise InvalidInputError(f"The pose is not JSON: {error}.") from error


def _codecs(args: Namespace) -> tuple[str, ...]:
    """What a browser would ask for, unless one codec is named."""
    return _AS_BROWSERS if args.codec is None else (args.codec,)


def _subject(args: Namespace) -> Session:
    video = Video(codecs=("png",), size=args.size, background=args.background)
    if args.session is None:
        return connect(args.url, args.character, token=args.token, video=video, idle=False, reconnect=None)
    if args.pose is not None:
        raise InvalidInputError("A watcher cannot pose: give --pose with --character.")
    return watch(args.url, args.session, token=args.token, video=video, reconnect=None)


async def _one_frame(session: Session, pose: PoseValues | None) -> Frame:
    seq = None if pose is None else await session.pose(pose)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_SHOT_SECONDS):
            async for frame in session.frames():
                _complain(session)
                if seq is None or frame.seq == seq:
                    return frame
    _complain(session)
    raise UnreachableError(f"No picture came within {_SHOT_SECONDS} seconds.")


async def _collect(session: Session, meter: Meter, folder: Path | None, seconds: float | None) -> None:
    numbers = itertools.count(1)  # the frames' own begin anew after each cut
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            async for frame in session.frames():
                meter.add(frame)
                if folder is not None:
                    name = f"{next(numbers):06d}.{_SUFFIX[frame.stream.codec]}"
                    await asyncio.to_thread((folder / name).write_bytes, frame.data)


async def _show(session: Session, display: Live, take: Take) -> None:
    meter = Meter(now_ms())
    async with _beside(_fill(meter, session, take)):
        async for line in _lines(meter):
            display.update(Text(line), refresh=True)


async def _fill(meter: Meter, session: Session, take: Take) -> None:
    async for frame in session.frames():
        meter.add(frame)
        take.picture(frame)


async def _tell(meter: Meter, out: Console) -> None:
    async for line in _lines(meter):
        out.print(line)


async def _lines(meter: Meter) -> AsyncIterator[str]:
    while True:
        await asyncio.sleep(1)
        yield meter.line(now_ms())


@contextlib.asynccontextmanager
async def _beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run `work` while the block runs; what goes wrong in it ends the block and is raised."""
    try:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(work)
            yield
            task.cancel()
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None


def _complain(session: Session) -> None:
    if session.last_error is not None:
        raise BunrakuError(str(session.last_error))
