"""What each kernel is compiled for: the shapes it has, and how many warps share a program.

The shapes are those of the networks; programs are of such a size that the registers and the shared memory of
every device suffice (`models/fused/survey.py`).
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import torch

from models.fused import kernels
from models.fused.packing import CHANNELS, INPUTS, WIDTHS
from models.fused.show import show
from models.planes import BLUE, GREEN, NEUTRAL, RED
from models.srgb import BINS

Kind = Literal["cuda", "hip", "interpreter"]

KEPT = 8
"""Channels that the finest level keeps: seven, and one beside them."""

_SHOWN = (("rgba", False), ("rgba", True), ("planes", True), ("stacked", False), ("stacked", True))


@dataclass(frozen=True, eq=False)
class Program:
    """A kernel with its constants, and with so many warps and stages.

    units: quads, pixels or channels that one of it works on. turns: of its loop, where it has one.
    """

    kernel: Any
    units: int
    constants: dict[str, Any]
    warps: int = 4
    stages: int = 3
    turns: int = 1

    @property
    def options(self) -> dict[str, Any]:
        """What Triton is told beside the constants."""
        return {"num_warps": self.warps, "num_stages": self.stages, "enable_fp_fusion": True}

    def launch(self, grid: tuple[int, ...], *arguments: object) -> None:
        """Run it for so many programs."""
        self.kernel[grid](*arguments, **self.constants, **self.options)


def kind_of(device: torch.device) -> Kind:
    """What compiles kernels for a device; on the CPU Triton's interpreter runs them."""
    if device.type == "cpu":
        return "interpreter"
    return "hip" if torch.version.hip else "cuda"


def current(device: torch.device) -> AbstractContextManager[object]:
    """Where kernels are launched on a device: Triton asks which one is current, not where tensors lie."""
    return torch.cuda.device(device) if device.type == "cuda" else nullcontext()


def shown(layout: str, *, over: bool) -> str:
    """The name of the program that makes bytes of frames: `rgba`, `planes` or `stacked`."""
    return f"show {layout} over" if over else f"show {layout}"


@lru_cache
def programs(kind: Kind) -> dict[str, Program]:
    """All programs, by name."""
    # The interpreter pays for each program and not for its size.
    many, few = (256, 256) if kind == "interpreter" else (32, 16)
    quick = {"quick": kind == "cuda"}
    return {
        "first": Program(kernels.draw_first, 32, {"channels": CHANNELS, "inputs": INPUTS, "block": 32}),
        "face": _face(4 * many, quick),
        "ground": _ground(few, quick),
        "rise": _rise(few, quick),
        "level.1": _level(WIDTHS["body.1"], WIDTHS["body.1"][-1], many, quick),
        "level.2": _level(WIDTHS["body.2"], KEPT, many, quick),
        "blend": Program(kernels.blend, many, {"kept": KEPT, "quads": many}),
        **{shown(layout, over=over): _show(layout, over, many) for layout, over in _SHOWN},
    }


def _face(block: int, quick: dict[str, bool]) -> Program:
    wide, *hidden, end = WIDTHS["face"]
    shapes = {"stride": CHANNELS, "layers": len(hidden), "wide": wide, "end": end, "block": block}
    # One matrix ahead: more would not fit the shared memory of every device.
    return Program(kernels.draw_face, block, shapes | quick, warps=8, stages=2, turns=len(hidden))


def _ground(quads: int, quick: dict[str, bool]) -> Program:
    wide, step = WIDTHS["body.0"][0], 32
    shapes = {"stride": CHANNELS, "part": wide // 3, "step": step, "quads": quads}
    return Program(kernels.draw_ground, quads, shapes | quick, warps=8, stages=2, turns=wide // step)


def _rise(quads: int, quick: dict[str, bool]) -> Program:
    (_, wide, middle, _), step = WIDTHS["body.0"], 32
    shapes = {"wide": wide, "part": middle // 3, "step": step, "quads": quads}
    return Program(kernels.rise, quads, shapes | quick, turns=wide // step)


def _level(widths: tuple[int, ...], kept: int, quads: int, quick: dict[str, bool]) -> Program:
    wide, _, middle, end = widths
    # In thirds, as all of them at once would not fit the registers of every device.
    part_end = end if kept < end else end // 3
    shapes = {"part": wide // 3, "part_middle": middle // 3, "part_end": part_end, "end": end, "kept": kept}
    return Program(kernels.draw_level, quads, {"stride": CHANNELS, "quads": quads} | shapes | quick, warps=8)


def _show(layout: str, over: bool, block: int) -> Program:
    shares = {"red_share": RED, "green_share": GREEN, "blue_share": BLUE, "neutral": NEUTRAL, "bins": BINS}
    kinds = {"over": over, "planes": layout != "rgba", "stacked": layout == "stacked"}
    return Program(show, block, {"block": block} | shares | kinds)
