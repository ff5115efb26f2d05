import fcntl
import os
import subprocess
import sys
import time
from pathlib import Path

from server.apprentice import NICENESS

ROOT = Path(__file__).parents[2]
SLEEPER = """
import os, sys, time
from server import apprentice, cli

def main(command):
    print(os.nice(0), *command, flush=True)
    time.sleep(float(command[0]))
    return 0

cli.main = main
sys.exit(apprentice.main(sys.argv[1:]))
"""


def begun(turn: Path, *command: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", SLEEPER, str(turn), *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )


def ended(process: subprocess.Popen[bytes]) -> int:
    try:
        return process.wait(60)
    finally:
        process.communicate()


def test_a_command_runs_after_others_have_had_their_time(tmp_path: Path) -> None:
    process = begun(tmp_path / "turn", "0", "distill")
    assert process.stdout is not None
    assert process.stdout.read().split() == [str(min(19, os.nice(0) + NICENESS)).encode(), b"0", b"distill"]
    assert ended(process) == 0


def test_a_command_is_interrupted_when_its_server_is_gone(tmp_path: Path) -> None:
    process = begun(tmp_path / "turn", "60")
    assert process.stdout is not None
    assert process.stdin is not None
    process.stdout.readline()
    process.stdin.close()
    process.stdin = None
    assert ended(process) == 130


def test_a_command_waits_for_its_turn(tmp_path: Path) -> None:
    with (tmp_path / "turn").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        process = begun(tmp_path / "turn", "0")
        time.sleep(5)
        assert process.poll() is None
    assert ended(process) == 0
