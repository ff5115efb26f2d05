"""What the kernels read and write, watched in Triton's interpreter, where one program follows another.

On a GPU they run at once, and their threads too; and what lies beyond a tensor may be anybody's, or nobody's.
"""

# mypy: disable-error-code="import-untyped"

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from triton.runtime.interpreter import InterpreterBuilder

from models.fused.programs import Program


@dataclass(eq=False)
class _Tensor:
    """Its name, its bytes, and which of its numbers one launch has read and written."""

    name: str
    start: int
    step: int
    read: NDArray[np.bool_]
    written: NDArray[np.bool_]


class Watch:
    """faults: what no launch may do, each a sentence, once. launches: how many there were."""

    def __init__(self) -> None:
        self.faults: set[str] = set()
        self.launches = 0
        self._kernel = ""
        self._tensors: list[_Tensor] = []

    def begin(self, program: Program, arguments: tuple[object, ...]) -> None:
        """A launch with these tensors, and others."""
        self.launches += 1
        self._kernel = program.kernel.fn.__name__
        names = [name for name in program.kernel.arg_names if name not in program.constants]
        given = zip(names, arguments, strict=True)
        self._tensors = [_seen(name, tensor) for name, tensor in given if isinstance(tensor, torch.Tensor)]

    def reads(self, addresses: NDArray[np.uint64]) -> None:
        """Some numbers are read at once."""
        for tensor, numbers in self._found(addresses, "reads"):
            if tensor.written[numbers].any():
                self._say(f"reads {tensor.name} where it wrote")
            tensor.read[numbers] = True

    def writes(self, addresses: NDArray[np.uint64]) -> None:
        """Some numbers are written at once."""
        for tensor, numbers in self._found(addresses, "writes"):
            if tensor.written[numbers].any() or len(np.unique(numbers)) < len(numbers):
                self._say(f"writes {tensor.name} twice in one place")
            if tensor.read[numbers].any():
                self._say(f"writes {tensor.name} where it read")
            tensor.written[numbers] = True

    def _found(self, addresses: NDArray[np.uint64], does: str) -> Iterator[tuple[_Tensor, NDArray[np.int64]]]:
        beyond = np.ones(len(addresses), dtype=bool)
        for tensor in self._tensors:
            offsets = addresses.astype(np.int64) - tensor.start
            within = (offsets >= 0) & (offsets < len(tensor.read) * tensor.step)
            beyond &= ~within
            yield tensor, offsets[within] // tensor.step
        if beyond.any():
            self._say(f"{does} beyond its tensors")

    def _say(self, fault: str) -> None:
        self.faults.add(f"{self._kernel} {fault}")


def _seen(name: str, tensor: torch.Tensor) -> _Tensor:
    last = sum((size - 1) * stride for size, stride in zip(tensor.shape, tensor.stride(), strict=True))
    read, written = (np.zeros(last + 1 if tensor.numel() else 0, dtype=bool) for _ in range(2))
    return _Tensor(name, tensor.data_ptr(), tensor.itemsize, read, written)


@contextmanager
def watched() -> Iterator[Watch]:
    """All launches of programs of ours, in the interpreter."""
    watch, launch = Watch(), Program.launch
    load, store = InterpreterBuilder.create_masked_load, InterpreterBuilder.create_masked_store

    def launched(program: Program, grid: tuple[int, ...], *arguments: object) -> None:
        watch.begin(program, arguments)
        launch(program, grid, *arguments)

    def loaded(builder: Any, at: Any, mask: Any, *more: object) -> object:
        watch.reads(_addresses(at, mask))
        return load(builder, at, mask, *more)

    def stored(builder: Any, at: Any, value: object, mask: Any, *more: object) -> object:
        watch.writes(_addresses(at, mask))
        return store(builder, at, value, mask, *more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Program, "launch", launched)
        patch.setattr(InterpreterBuilder, "create_masked_load", loaded)
        patch.setattr(InterpreterBuilder, "create_masked_store", stored)
        yield watch


def _addresses(at: Any, mask: Any) -> NDArray[np.uint64]:
    addresses: NDArray[np.uint64] = at.data[np.broadcast_to(mask.data, at.data.shape).astype(bool)]
    return addresses
