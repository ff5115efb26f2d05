"""The process of a job, from its beginning to what its end means."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PROGRAM = (sys.executable, "-m", "server.apprentice")

_ROOT = Path(__file__).parent.parent
_INTERRUPTED = 130
_SENTENCE = "bunraku: "
_TAIL = 4000


@dataclass(frozen=True)
class End:
    """How a process ended: well, because it was told to, or neither, and then why, in one sentence."""

    well: bool
    told: bool = False
    why: str = ""


class Teaching:
    """One process at work."""

    def __init__(self, process: asyncio.subprocess.Process, said: Path) -> None:
        self._process = process
        self._said = said
        self._told = False

    @classmethod
    async def begun(cls, turn: Path, command: Sequence[str], said: Path) -> Teaching:
        """Start a command of bunraku; what it says goes to the file `said`. Raises OSError."""
        with await asyncio.to_thread(said.open, "wb") as out:
            process = await asyncio.create_subprocess_exec(
                *PROGRAM,
                str(turn),
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=out,
                stderr=out,
                cwd=_ROOT,
                env={**os.environ, **_threads()},
                start_new_session=True,
            )
        return cls(process, said)

    def stop(self, patience: float) -> None:
        """Interrupt it, so that it keeps what it has; after `patience` seconds it is ended at once."""
        self._told = True
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGINT)
        asyncio.get_running_loop().call_later(patience, self._kill)

    async def ended(self) -> End:
        """Wait for its end."""
        code = await self._process.wait()
        if code == 0:
            return End(well=True)
        said = await asyncio.to_thread(_last, self._said)
        return End(well=False, told=self._told, why=reason(code, said))

    def _kill(self) -> None:
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()


def reason(code: int, said: str) -> str:
    """Why a command ended so: one sentence from its exit status and what it said last."""
    if code == _INTERRUPTED:
        return "It was interrupted from outside."
    if code == -signal.SIGKILL:
        return "The system ended it, perhaps for want of memory."
    if code < 0:
        return f"It was ended by the signal {-code}."
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    for line in reversed(lines):
        if line.startswith(_SENTENCE):
            return line.removeprefix(_SENTENCE)
    last = lines[-1][:200].rstrip(".") if lines else f"exit status {code}"
    return f"It failed: {last}."


def _threads() -> dict[str, str]:
    # Half of the processors, so that what is drawn meanwhile keeps its pace.
    number = str(max(1, (os.cpu_count() or 1) // 2))
    return {"OMP_NUM_THREADS": number, "MKL_NUM_THREADS": number}


def _last(path: Path) -> str:
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _TAIL))
            return file.read().decode(errors="replace")
    except OSError:
        return ""
