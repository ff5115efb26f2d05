"""Engines by name, on the device that is there."""

from __future__ import annotations

import logging

import torch

from models.engine import Engine
from models.folded import FoldedEngine
from models.literal import LiteralEngine
from models.native.engine import NativeEngine
from models.native.library import Library, NativeError
from models.trial import unfit_on

ENGINES = ("auto", "native", "folded", "literal", "triton")
DEVICES = ("auto", "cpu", "cuda", "mps")

# Older NVIDIA GPUs (before Ampere) have no matrix units that Triton uses.
CAPABILITY = (8, 0)

_INSTEAD = "%s The folded engine draws instead."

_log = logging.getLogger(__name__)


class EngineError(ValueError):
    """An engine or a device that is not there; the message is one plain sentence."""


def build_engine(name: str = "auto", device: str = "auto", *, skip: bool = True) -> Engine:
    """The engine `name` on `device`: auto (CUDA, else MPS, else the CPU), cpu, cuda, cuda:N or mps.

    `native:KERNEL` draws with that kernel instead of the machine's fastest (`models/native/library.py`).
    With `skip` the native and triton engines leave out what a character is known not to show.
    The engine auto is native on the CPU, and triton on a GPU where a trial finds it fit; folded elsewhere,
    and where one of these cannot be had, which it logs in one line. Raises EngineError for a name that is
    not in ENGINES, a device that this machine has not, or a native or triton engine that cannot be had.
    """
    kind, _, kernel = name.partition(":")
    if kind not in ENGINES or (kernel and kind != "native"):
        raise EngineError(f"There is no engine named {name!r}; there are {', '.join(ENGINES)}.")
    found = torch.device("cpu") if (kind, device) == ("native", "auto") else find_device(device)
    if name == "auto":
        return _best(found, skip)
    if kind == "native":
        return _native(found, skip, kernel)
    if name == "triton":
        return _fused(found, skip)
    return LiteralEngine(found) if name == "literal" else FoldedEngine(found)


def fine_engine(device: torch.device) -> FoldedEngine | NativeEngine:
    """The quickest engine on a device that draws what the formulas give, up to rounding, and skips nothing.

    Students learn from its pictures and are measured by them.
    """
    if device.type == "cpu":
        try:
            return NativeEngine(library=Library(fine=True), skip=False)
        except NativeError as error:
            _log.warning(_INSTEAD, error)
    return FoldedEngine(device)


def find_device(name: str = "auto") -> torch.device:
    """The device of that name. Raises EngineError where it is unknown or absent."""
    if name == "auto":
        return torch.device(next(kind for kind in ("cuda", "mps", "cpu") if _count(kind)))
    kind, _, number = name.partition(":")
    if kind not in DEVICES or (number and not number.isdecimal()):
        raise EngineError(f"There is no device named {name!r}; there are {', '.join(DEVICES)}.")
    if int(number or 0) >= _count(kind):
        raise EngineError(f"This machine has no device {name}.")
    return torch.device(name)


def _best(device: torch.device, skip: bool) -> Engine:
    try:
        if device.type == "cpu":
            return _native(device, skip)
        if device.type == "cuda":
            return _tried(device, skip)
    except EngineError as error:
        _log.warning(_INSTEAD, error)
    return FoldedEngine(device)


def _native(device: torch.device, skip: bool, kernel: str = "") -> Engine:
    if device.type != "cpu":
        raise EngineError(f"The native engine draws on the CPU, not on {device}.")
    try:
        return NativeEngine(library=Library(kernel or None), skip=skip)
    except NativeError as error:
        raise EngineError(str(error)) from None


def _tried(device: torch.device, skip: bool) -> Engine:
    engine = _fused(device, skip)
    if (reason := unfit_on(device)) is not None:
        raise EngineError(f"The triton engine {reason}.")
    return engine


def _fused(device: torch.device, skip: bool) -> Engine:
    if device.type != "cuda":
        raise EngineError(f"The triton engine draws on a CUDA or ROCm GPU, not on {device}.")
    try:
        from models.fused.engine import FusedEngine
    except ModuleNotFoundError:
        raise EngineError("The triton engine needs the package triton, which is not installed.") from None
    if torch.cuda.get_device_capability(device) < CAPABILITY:
        raise EngineError(f"The triton engine needs a GPU newer than {torch.cuda.get_device_name(device)}.")
    return FusedEngine(device, skip=skip)


def _count(kind: str) -> int:
    if kind == "cuda":
        return torch.cuda.device_count()
    return int(kind == "cpu" or torch.backends.mps.is_available())
