"""How a full system is run: in which precision, in which order of memory, compiled or not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, cast, get_args

import torch

from models.teachers.system import Portrait, Steps, System

Precision = Literal["float32", "float16", "bfloat16"]

PRECISIONS: tuple[Precision, ...] = get_args(Precision)

Posing = Callable[[Portrait, torch.Tensor], Steps]


@dataclass(frozen=True)
class Running:
    """Options that change how fast a system is, and hardly what it draws; docs/results.md says by how much.

    precision: of weights and pictures between the networks; positions of warps are float32 in all of them.
    channels_last: the order of memory that tensor cores like. compiled: through torch.compile, which takes
    minutes at first.
    """

    precision: Precision = "float32"
    channels_last: bool = False
    compiled: bool = False

    @property
    def dtype(self) -> torch.dtype:
        """The precision as torch names it."""
        return cast("torch.dtype", getattr(torch, self.precision))

    def moved(self, system: System, device: torch.device) -> System:
        """The same system on a device, changed in place: its weights in this precision and order."""
        system = system.to(device, self.dtype)
        if self.channels_last:
            for weight in system.parameters():
                if weight.dim() == 4:
                    weight.data = weight.data.contiguous(memory_format=torch.channels_last)
        return system

    def posing(self, system: System) -> Posing:
        """What poses a portrait by a system that was moved."""
        return cast("Posing", torch.compile(system) if self.compiled else system)


def usual(device: torch.device, precision: str = "auto", *, compiled: bool = False) -> Running:
    """How systems run on a device: in half precision on CUDA devices, unless a precision is named.

    Tensor cores like channels last; a CPU does not always (docs/results.md).
    """
    on_cuda = device.type == "cuda"
    best: Precision = "float16" if on_cuda else "float32"
    named = next((one for one in PRECISIONS if one == precision), best)
    return Running(named, channels_last=on_cuda, compiled=compiled)
