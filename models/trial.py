"""Whether the triton engine may draw on a GPU here: tried at the start, before anybody waits.

What its kernels become is known of every device (`models/fused/survey.py`), what they do there of none yet.
So its frames are compared with the folded engine's, and the bytes that it makes of them with torch's, in a
process of its own: what goes wrong in a kernel leaves the device unusable to the process.
"""

from __future__ import annotations

import math
import subprocess
import sys
import time
from collections.abc import Sequence
from functools import cache
from typing import Protocol

import numpy as np
import torch

from models import pictures, planes
from models.engine import Engine, Request
from models.pictures import Background
from models.pose import COUNT, MAXIMUM, MINIMUM
from models.sample import sample_character
from models.view import View

LEAST = 40.0
"""Likeness to the folded engine's pictures, in dB over a range of 2; products in float16 give over 45."""

_VIEWS = (View(), View(256, (100, 40, 300, 260)), View(128))
_CAST = ("a", "b", "c")
_ROUNDS = 3

# Compiling is seconds for each kernel on a slow machine.
_SECONDS = 300.0


def unfit(engine: Engine, yardstick: Engine) -> str | None:
    """Why an engine should not draw instead of another: a part of a sentence, or None where it should.

    Both draw batches of several made-up characters, poses and views, and single frames; the engine's must be
    alike, and its batches take no longer.
    """
    for seed, name in enumerate(_CAST):
        engine.load(sample_character(name, seed))
        yardstick.load(sample_character(name, seed))
    # One at a time, too, again and again: few frames may go another way than many.
    batches = [_requests(view) for view in _VIEWS] + [[request] for request in _requests(View())]
    for requests in batches:
        likeness = _likeness(engine, yardstick, requests)
        if likeness < LEAST:
            return f"draws other pictures than the folded one here ({likeness:.0f} dB)"
    if _seconds(engine) > _seconds(yardstick):
        return "is slower than the folded one here"
    return None


class Display(Protocol):
    """What makes bytes of frames, as `models/pictures.py` and `models/planes.py` do."""

    def to_display(self, frames: torch.Tensor, background: Background = None, /) -> torch.Tensor:
        """As `models.pictures.to_display`."""

    def to_planes(
        self, frames: torch.Tensor, background: Background = None, /, *, stacked: bool = False
    ) -> torch.Tensor:
        """As `models.planes.to_planes`."""


def misshown(display: Display, frames: torch.Tensor) -> str | None:
    """Why a display should not be used for frames such as these, (N, 4, h, w), as `unfit` says it."""
    for background in (None, (20, 200, 30)):
        pairs = [(display.to_display(frames, background), pictures.to_display(frames, background))]
        for stacked in (False, True):
            made = display.to_planes(frames, background, stacked=stacked)
            pairs.append((made, planes.to_planes(frames, background, stacked=stacked)))
        if any((one.int() - other.int()).abs().max() > 1 for one, other in pairs):
            return "makes other bytes of pictures than torch here"
    return None


@cache
def unfit_on(device: torch.device) -> str | None:
    """Why the triton engine should not draw on a device, as `unfit` says it, or None where it should.

    It is tried once by a process.
    """
    command = [sys.executable, "-W", "ignore", "-m", "models.trial", str(device)]
    try:
        tried = subprocess.run(command, check=False, capture_output=True, text=True, timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        return f"was not ready within {_SECONDS:.0f} seconds"
    if tried.returncode == 0:
        return tried.stdout.strip() or None
    lines = tried.stderr.strip().splitlines() or [f"exit status {tried.returncode}"]
    return f"fails here ({lines[-1][:200]})"


def _requests(view: View) -> list[Request]:
    poses = np.random.default_rng(0).uniform(MINIMUM, MAXIMUM, (2 * len(_CAST), COUNT)).astype(np.float32)
    return [Request(_CAST[number % len(_CAST)], pose, view) for number, pose in enumerate(poses)]


def _likeness(engine: Engine, yardstick: Engine, requests: Sequence[Request]) -> float:
    """Of the picture that is least alike."""
    pairs = zip(engine.draw(requests), yardstick.draw(requests), strict=True)
    error = max(float((one.cpu() - other.cpu()).square().mean()) for one, other in pairs)
    if math.isnan(error):
        return -math.inf
    return 10 * math.log10(4 / error) if error else math.inf


def _seconds(engine: Engine) -> float:
    """Of the quickest of a few batches."""
    times = []
    for _ in range(_ROUNDS):
        begun = time.perf_counter()
        engine.draw(_requests(View()))[-1].cpu()
        times.append(time.perf_counter() - begun)
    return min(times)


def main(device: str) -> None:
    """Write why the triton engine should not draw on a device, and nothing where it should."""
    from models.engines import build_engine
    from models.fused import display

    engine, yardstick = build_engine("triton", device), build_engine("folded", device)
    reason = unfit(engine, yardstick)
    if reason is None:
        reason = misshown(display, torch.stack(yardstick.draw(_requests(View()))))
    sys.stdout.write(reason or "")


if __name__ == "__main__":
    main(sys.argv[1])
