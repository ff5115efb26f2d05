"""Rendering without a server: a list of poses into one file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from models.engine import Drawer, Request
from models.files import replacing
from models.pose import COUNT
from models.view import View
from models.writers import WRITERS, Colour, Shot

# Frames drawn in one call: an accelerator is busy with so many, and a CPU draws them singly anyhow.
BATCH = 16


class RenderError(ValueError):
    """What cannot be rendered; the message is one plain sentence."""


def render(
    engine: Drawer,
    character: str,
    poses: NDArray[np.float32],
    out: Path,
    *,
    view: View | None = None,
    background: Colour | None = None,
    fps: float = 30,
    columns: int | None = None,
    on_frame: Callable[[int, int], None] | None = None,
) -> None:
    """Draw a loaded character at poses (N, 45), and write the frames to `out`, by its suffix.

    `.npz`: `frames`, float16 (N, 4, h, w) in network space. `.png`: the picture, or a sheet of them.
    `.webp`, `.gif`: an animation. `.mp4`: a film, over white where `background` (8-bit sRGB) is None.
    `.webm`: a film with transparency, where it is None.
    `on_frame` is called with (done, all) after each frame. `out` appears only when it is complete.

    Raises RenderError for another suffix, poses that are none, or a place that cannot be written;
    KeyError for a character that is not loaded.
    """
    view = view or View()
    _check(poses, out, fps, columns)
    shot = Shot(len(poses), view.width, view.height, background, fps, columns)
    frames = _frames(engine, [Request(character, pose, view) for pose in poses], on_frame)
    try:
        with replacing(out) as part:
            WRITERS[out.suffix.lower()](frames, shot, part)
    except OSError as error:
        raise RenderError(f"{out} cannot be written: {error.strerror}.") from None


def _check(poses: NDArray[np.float32], out: Path, fps: float, columns: int | None) -> None:
    if out.suffix.lower() not in WRITERS:
        raise RenderError(f"{out.name} must end in {', '.join(WRITERS)}.")
    if poses.ndim != 2 or poses.shape[1] != COUNT or not len(poses):
        raise RenderError(f"There must be at least one pose of {COUNT} numbers, not {poses.shape}.")
    if not 0 < fps <= 1000:
        raise RenderError(f"The frames a second must be above 0 and at most 1000, not {fps}.")
    if columns is not None and columns < 1:
        raise RenderError(f"A sheet must have at least one column, not {columns}.")
    if not out.parent.is_dir():
        raise RenderError(f"There is no folder {out.parent} to write {out.name} into.")


def _frames(
    engine: Drawer, requests: list[Request], on_frame: Callable[[int, int], None] | None
) -> Iterator[torch.Tensor]:
    batch = 1 if engine.device.type == "cpu" else BATCH
    for start in range(0, len(requests), batch):
        for number, frame in enumerate(engine.draw(requests[start : start + batch]), start + 1):
            yield frame
            if on_frame is not None:
                on_frame(number, len(requests))
