"""A command of bunraku beside a server, out of its way: `python -m server.apprentice TURN COMMAND ...`.

It takes what processor time others leave, waits until nobody else holds the file TURN, and is interrupted, as
by Ctrl-C, once the other end of its standard input is gone: a server that was killed leaves nothing running.
"""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

NICENESS = 10


def main(arguments: Sequence[str]) -> int:
    """Run the command; its exit status."""
    turn, *command = arguments
    os.nice(NICENESS)
    # A server that was begun in the background may have left interrupts ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=_follow, daemon=True).start()
    try:
        with Path(turn).open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            from server import cli  # takes seconds, and is not wanted by who only waits

            return cli.main(command)
    except KeyboardInterrupt:
        return 130


def _follow() -> None:
    os.read(sys.stdin.fileno(), 1)
    os.kill(os.getpid(), signal.SIGINT)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
