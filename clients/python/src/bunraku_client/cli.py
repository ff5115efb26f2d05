"""The command `bunraku-client`: it reads the arguments and hands on."""

import argparse
import asyncio
import io
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from rich.console import Console

from bunraku_client import bridge_command, camera_command, commands, record_command, speak_command
from bunraku_client.errors import BunrakuError, InvalidInputError, reason
from bunraku_client.video import CODECS, SIZES

_URL = "127.0.0.1:8765"
_INTERRUPTED = 130
_AS_BROWSERS = "default: h264-alpha, else webp"

Add = Callable[..., argparse.ArgumentParser]
Shared = Callable[[argparse.ArgumentParser], None]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 for success, 1 where it failed, 2 where it was asked wrongly, 130 after Ctrl-C.

    SIGTERM, and SIGHUP of a terminal that is closed, do what Ctrl-C does.
    """
    args = parser().parse_args(argv)
    args.url = _trusting(args)
    try:
        with _signals_as_control_c():
            status: int = asyncio.run(args.command(args, _console()))
    except InvalidInputError as error:
        return _fail(error, 2)
    except BunrakuError as error:
        return _fail(error, 1)
    except OSError as error:
        return _fail(f"{error.filename or 'The system'}: {reason(error)}.", 1)
    except KeyboardInterrupt:
        return _INTERRUPTED
    return status


def parser() -> argparse.ArgumentParser:
    """The arguments of every command."""
    top = argparse.ArgumentParser("bunraku-client", description="Drive and watch Bunraku characters.")
    add = top.add_subparsers(required=True, metavar="COMMAND").add_parser
    _characters(add)
    _play(add)
    _watch(add)
    _shot(add)
    _load(add)
    tracker = "perform by a tracker: a phone, a webcam program, a recording"
    _module(add, "bridge", tracker, bridge_command, _reach)
    _module(add, "speak", "move a character's mouth by a voice", speak_command, _reach)
    _module(add, "record", "record a session as a film", record_command, _common)
    _module(add, "camera", "show a session as a webcam", camera_command, _common)
    return top


def _characters(add: Add) -> None:
    one = add("characters", help="list a server's characters")
    one.add_argument("url", nargs="?", default=_URL, help=f"the server's address ({_URL})")
    _trust(one)
    one.set_defaults(command=commands.list_characters)


def _play(add: Add) -> None:
    one = add("play", help="perform a recorded pose track")
    one.add_argument("file", type=Path, help="JSON lines, or .npz with poses (n, 45)")
    one.add_argument("--character", required=True, metavar="ID")
    one.add_argument("--loop", action="store_true", help="begin again at the end")
    one.add_argument("--fps", type=float, help="pace of an .npz, before its own")
    one.add_argument("--film", type=Path, metavar="FILE", help="a .webm or .mp4 of it, and its poses beside")
    _common(one)
    one.add_argument("--codec", choices=CODECS, help=_AS_BROWSERS)
    one.set_defaults(command=commands.play_track)


def _watch(add: Add) -> None:
    one = add("watch", help="watch a session")
    one.add_argument("--session", required=True, metavar="ID")
    one.add_argument("--save", type=Path, metavar="DIR", help="save every picture that comes")
    one.add_argument("--seconds", type=float, help="stop after so long")
    _common(one)
    one.add_argument("--codec", choices=CODECS, default="webp")
    one.set_defaults(command=commands.watch_session)


def _shot(add: Add) -> None:
    one = add("shot", help="save one picture as PNG")
    one.add_argument("-o", "--output", type=Path, required=True, metavar="FILE")
    whom = one.add_mutually_exclusive_group(required=True)
    whom.add_argument("--character", metavar="ID")
    whom.add_argument("--session", metavar="ID")
    one.add_argument("--pose", metavar="JSON", help="such as '{\"head_x\": 0.3}', or 45 numbers")
    one.add_argument("--background", default="transparent", help="transparent or #rrggbb")
    _common(one)
    one.set_defaults(command=commands.take_shot)


def _load(add: Add) -> None:
    one = add("load", help="drive many sessions at once and measure")
    one.add_argument("sessions", type=int, metavar="N")
    one.add_argument("--characters", type=lambda text: text.split(","), metavar="A,B", help="default: all")
    one.add_argument("--seconds", type=float, default=10)
    one.add_argument("--fps", type=float, default=30, help="poses a second, and frames at most")
    one.add_argument("--track", type=Path, metavar="FILE", help="perform this instead of made-up motion")
    one.add_argument("--encoding", choices=("msgpack", "json"))
    one.add_argument("--json", action="store_true", help="print the figures as JSON")
    _common(one)
    one.add_argument("--codec", choices=CODECS, help=_AS_BROWSERS)
    one.set_defaults(command=commands.put_load)


def _module(add: Add, name: str, text: str, module: ModuleType, shared: Shared) -> None:
    """A command that stands in a module of its own."""
    one = add(name, help=text)
    module.add_flags(one)
    shared(one)
    one.set_defaults(command=module.run)


def _common(one: argparse.ArgumentParser) -> None:
    _reach(one)
    one.add_argument("--size", type=int, choices=SIZES, default=SIZES[0], help="picture height and width")


def _reach(one: argparse.ArgumentParser) -> None:
    one.add_argument("--url", default=_URL, help=f"the server's address ({_URL})")
    one.add_argument(
        "--token",
        default=os.environ.get("BUNRAKU_TOKEN"),
        help="default: $BUNRAKU_TOKEN, which ps does not show",
    )
    _trust(one)


def _trust(one: argparse.ArgumentParser) -> None:
    how = one.add_mutually_exclusive_group()
    how.add_argument(
        "--fingerprint", metavar="HEX", help="trust the certificate of this SHA-256, and no other"
    )
    how.add_argument("--insecure", action="store_true", help="trust any certificate")


def _trusting(args: argparse.Namespace) -> str:
    """The server's address, with the certificate that is trusted there."""
    if args.fingerprint:
        return f"{args.url}#sha256={args.fingerprint}"
    return f"{args.url}#insecure" if args.insecure else str(args.url)


@contextmanager
def _signals_as_control_c() -> Iterator[None]:
    # Windows has no SIGHUP; who is under `nohup` ignores it already, and goes on to.
    known = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    mine = [number for number in known if signal.getsignal(number) is signal.SIG_DFL]
    if threading.current_thread() is not threading.main_thread():
        mine = []
    for number in mine:
        signal.signal(number, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        yield
    finally:
        for number in mine:
            signal.signal(number, signal.SIG_DFL)


def _console() -> Console:
    # A name in Japanese is shown as it can be: a pipe on Windows, say, has not its letters.
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="replace")
    return Console(highlight=False, markup=False, soft_wrap=True)


def _fail(error: object, status: int) -> int:
    Console(stderr=True, highlight=False, markup=False, soft_wrap=True).print(str(error))
    return status
