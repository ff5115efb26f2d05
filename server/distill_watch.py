"""What is seen of a distillation while it runs: a bar in the terminal, and files in the folder for others."""

from __future__ import annotations

import io
import itertools
import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from models.distill.files import write
from models.distill.history import History
from models.distill.journal import Journal, Pace
from models.distill.measure import Trial
from models.distill.recipe import Recipe
from models.distill.report import side_by_side
from models.distill.training import Training
from models.team import Team
from server.distill_board import Board, find_board
from server.plot import Panel, plot

SAMPLES, CURVES = "samples.png", "curves.svg"
_SHOWN = 6  # poses on the sheet


class Unwatched:
    """A run that nobody looks at: every member of a team but the first."""

    def phase(self, name: str) -> None:
        """Say what is done now."""

    def stepped(self, training: Training) -> None:
        """Say where a training is."""

    def saved(self, training: Training, tried: Sequence[Trial]) -> None:
        """Note how good the student of a checkpoint is, and draw it beside its teacher."""


class Watch(Unwatched):
    """One run as others see it. Everything is written to `folder`; the bar goes to standard error."""

    def __init__(self, folder: Path, journal: Journal, bar: Progress) -> None:
        self._folder, self._journal, self._bar = folder, journal, bar
        self._pace, self._task = Pace(), bar.add_task("", total=1.0, phase="", note="")

    @cached_property
    def _board(self) -> Board:
        # Which writes a file at once: not before there is a figure.
        return find_board(self._folder)

    def phase(self, name: str) -> None:
        """As `Unwatched.phase`."""
        self._journal.note(phase=name)
        self._bar.update(self._task, phase=name)

    def stepped(self, training: Training) -> None:
        """As `Unwatched.stepped`."""
        rate, left = self._pace.add(time.monotonic(), training.examples), training.remaining
        if left is None and rate:
            left = (training.steps - training.step) * training.examples / training.step / rate
        number, count = training.phase
        phase = f"learning, {number} of {count}"
        self._journal.note(
            phase=phase,
            step=training.step,
            steps=training.steps,
            examples=training.examples,
            rate=round(rate, 2),
            remaining_seconds=None if left is None else round(left, 1),
        )
        self._bar.update(self._task, completed=training.part, phase=phase, note=_note(rate, left))

    def saved(self, training: Training, tried: Sequence[Trial]) -> None:
        """As `Unwatched.saved`."""
        psnr = float(np.mean([trial.likeness.psnr for trial in tried]))
        training.history.measured(training.step, psnr)
        self._board.add_scalar("psnr", psnr, training.step)
        for _, face, body in training.history.losses[-1:]:
            self._board.add_scalar("loss/face", face, training.step)
            self._board.add_scalar("loss/body", body, training.step)
        self._journal.note(psnr=round(psnr, 3))
        write(self._folder / SAMPLES, sheet(tried[:_SHOWN]))
        write(self._folder / CURVES, curves(training.history, training.recipe, training.steps).encode())
        self._bar.console.print(f"step {training.step}: {psnr:.2f} dB over {len(tried)} poses")
        if training.finished:
            self._journal.note(phase="finished", steps=training.step, remaining_seconds=0.0, finished=True)
            self._bar.update(self._task, completed=1.0, phase="finished", note="")


@contextmanager
def watching(folder: Path, team: Team) -> Iterator[Unwatched]:
    """Watch a run in a folder. Raises DistillError where that cannot be written."""
    if team.rank:
        yield Unwatched()
        return
    columns = (TextColumn("{task.fields[phase]}"), BarColumn(), TextColumn("{task.fields[note]}"))
    bar = Progress(*columns, console=Console(stderr=True))
    with Journal(folder) as journal, bar:
        yield Watch(folder, journal, bar)


def sheet(tried: Sequence[Trial]) -> bytes:
    """A PNG at half size: for each pose the teacher's frame, the student's, and their difference."""
    whole = side_by_side(tried)
    out = io.BytesIO()
    whole.resize((whole.width // 2, whole.height // 2)).save(out, "PNG")
    return out.getvalue()


def curves(history: History, recipe: Recipe, steps: int) -> str:
    """Likeness and losses over the steps so far, as SVG, with the phases of its losses behind them.

    steps: of the whole run.
    """
    # A face that has learnt enough has no loss any more.
    face = [(float(step), loss) for step, loss, _ in history.losses if 0 < loss < math.inf]
    body = [(float(step), loss) for step, _, loss in history.losses if 0 < loss < math.inf]
    psnr = [(float(step), value) for step, value in history.psnr if math.isfinite(value)]
    panels = [
        Panel("PSNR (dB)", psnr, "fitted", note=f"{psnr[-1][1]:.2f} dB" if psnr else ""),
        Panel("loss, face", face, "ratios"),
        Panel("loss, body", body, "ratios"),
    ]
    # A run by the clock does not know its steps before the first, and one that has learnt nothing has none.
    newest = max((step for step, _ in (*psnr, *body)), default=0.0) or 1.0
    ends = [min(until / recipe.examples * max(steps, 1), newest) for until, _ in recipe.body_weights.steps]
    ends[-1] = newest
    spans = [
        (f"phase {number}", end - begin)
        for number, (begin, end) in enumerate(itertools.pairwise([0.0, *ends]), 1)
        if end > begin
    ]
    return plot(panels, spans, "step")


def _note(rate: float, left: float | None) -> str:
    return f"{rate:.1f} examples/s, {_clock(left)} left" if left is not None else ""


def _clock(seconds: float) -> str:
    hours, rest = divmod(round(seconds), 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
