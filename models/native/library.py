"""The C++ library as Python sees it: kernels, packed stacks, and maps to draw them into.

The library is a plain shared object beside this file, compiled when the project is installed.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from models.native.work import Work
from models.regions import Region

LIBRARY = Path(__file__).with_name("kernel.so")


class NativeError(OSError):
    """The library is not there or cannot be loaded; the message is one plain sentence."""


@dataclass(frozen=True, eq=False)
class Stack:
    """A stack as the kernel reads it: outputs of each layer, and every layer after the first, packed."""

    widths: tuple[int, ...]
    products: torch.Tensor


@dataclass(frozen=True, eq=False)
class Map:
    """Float32 memory for the channels of a region.

    With `values` (channels, height, width), or (height, channels, width) where `by_row` is set: then what
    the pixels of one place need lies close together.
    """

    values: torch.Tensor
    region: Region
    by_row: bool = False


class _Map(ctypes.Structure):
    _fields_ = (
        ("values", ctypes.c_void_p),
        ("row", ctypes.c_int64),
        ("channel", ctypes.c_int64),
        ("size", ctypes.c_int32),
        ("left", ctypes.c_int32),
        ("top", ctypes.c_int32),
        ("right", ctypes.c_int32),
        ("bottom", ctypes.c_int32),
    )


class _Work(ctypes.Structure):
    _fields_ = (("runs", ctypes.c_void_p), ("tiles", ctypes.c_void_p), ("count", ctypes.c_int32))


class _Stack(ctypes.Structure):
    _fields_ = (
        ("products", ctypes.c_void_p),
        ("first", ctypes.c_void_p),
        ("widths", ctypes.POINTER(ctypes.c_int32)),
        ("layers", ctypes.c_int32),
    )


class Library:
    """The library, with one of its kernels: the fastest that this machine can run, or the one of a name.

    With `fine` the fastest of those that draw what the formulas give, up to rounding: they keep to float32,
    or in `amx` to 16 bits of each factor of a product. In the others (`avx2_int16`, `avx_vnni`,
    `avx512_vnni`) factors are whole numbers of 14 to 16 bits.

    Raises NativeError where the library cannot be loaded or the kernel is not for this machine.
    """

    def __init__(self, kernel: str | None = None, path: Path | None = None, *, fine: bool = False) -> None:
        self._library = _loaded(path or LIBRARY)
        self.kernels = tuple(
            self._library.bunraku_kernel_name(number).decode()
            for number in range(self._library.bunraku_kernels())
        )
        self.fine = tuple(
            name for number, name in enumerate(self.kernels) if self._library.bunraku_kernel_fine(number)
        )
        self.kernel = kernel or (self.fine if fine else self.kernels)[-1]
        if self.kernel not in self.kernels:
            raise NativeError(
                f"This machine cannot run the kernel {kernel}; there are {', '.join(self.kernels)}."
            )
        self._number = self.kernels.index(self.kernel)
        self.tile: int = self._library.bunraku_tile()

    def pack(self, products: Sequence[tuple[torch.Tensor, torch.Tensor]]) -> Stack:
        """A stack from the (weight (outputs, inputs), bias) of each layer after the first."""
        sizes = [self._room(weight) for weight, _ in products]
        packed = torch.empty(sum(sizes))
        for (weight, bias), part in zip(products, torch.split(packed, sizes), strict=True):
            self._pack(weight.contiguous(), bias.contiguous(), part)
        widths = [products[0][0].shape[1], *(weight.shape[0] for weight, _ in products)]
        return Stack(tuple(widths), packed)

    def draw(
        self, stack: Stack, first: torch.Tensor, below: Map | None, out: Map, work: Work, threads: int
    ) -> None:
        """Draw a stack into `out` at pixels of `work`, by up to `threads` threads; others stay as they are.

        `first` (widths[0], 3) is what [x, y, 1] is multiplied by; `below` what the stack before it drew, at
        half the size of `out`, holding at least what those pixels need. `work` lies within `out`, in tiles
        of `tile` pixels. Arguments of sines are in half turns. Raises MemoryError.
        """
        widths = (ctypes.c_int32 * len(stack.widths))(*stack.widths)
        first = first.contiguous()
        passed = _Stack(stack.products.data_ptr(), first.data_ptr(), widths, len(stack.widths))
        under = None if below is None else ctypes.byref(_passed(below))
        over, listed = ctypes.byref(_passed(out)), ctypes.byref(_listed(work))
        if self._library.bunraku_draw(self._number, ctypes.byref(passed), under, over, listed, threads):
            raise MemoryError("There is no memory to draw in.")

    def blend(
        self,
        picture: torch.Tensor,
        face: Map,
        body: Map,
        work: Work,
        warped: torch.Tensor | None,
        blended: torch.Tensor,
        threads: int,
    ) -> None:
        """Fill `warped`, where it is wanted, and `blended` at the pixels of `work` (THA4 §5.1).

        Both are (4, height, width) over the body's region. `picture` (size, size, 4) is written over where
        the face (4 channels) stands. The body's channels are the flow's 2, alpha, and 4 of direct colour.
        """
        drawn = picture.data_ptr(), ctypes.byref(_passed(face)), ctypes.byref(_passed(body))
        out = None if warped is None else warped.data_ptr(), blended.data_ptr()
        self._library.bunraku_blend(*drawn, ctypes.byref(_listed(work)), *out, threads)

    def sine(self, half_turns: torch.Tensor) -> torch.Tensor:
        """sin(pi z), as the kernel computes it."""
        out = torch.empty_like(half_turns)
        self._library.bunraku_sine(self._number, half_turns.data_ptr(), out.data_ptr(), out.numel())
        return out

    def _room(self, weight: torch.Tensor) -> int:
        outputs, inputs = weight.shape
        size: int = self._library.bunraku_room(self._number, inputs, outputs)
        return size

    def _pack(self, weight: torch.Tensor, bias: torch.Tensor, packed: torch.Tensor) -> None:
        outputs, inputs = weight.shape
        self._library.bunraku_pack(
            self._number, weight.data_ptr(), bias.data_ptr(), inputs, outputs, packed.data_ptr()
        )


def _passed(drawn: Map) -> _Map:
    strides = drawn.values.stride()
    row, channel = strides[:2] if drawn.by_row else strides[1::-1]
    region = drawn.region
    return _Map(
        drawn.values.data_ptr(), row, channel,
        region.size, region.left, region.top, region.right, region.bottom,
    )  # fmt: skip


def _listed(work: Work) -> _Work:
    return _Work(work.runs.ctypes.data, work.tiles.ctypes.data, len(work.tiles) - 1)


def _loaded(path: Path) -> ctypes.CDLL:
    if not path.is_file():
        raise NativeError(f"The native library {path.name} was not built when the project was installed.")
    try:
        library = ctypes.CDLL(str(path))
        _declare(library)
    except (OSError, AttributeError) as error:
        raise NativeError(f"The native library {path.name} cannot be loaded: {error}.") from None
    return library


def _declare(library: ctypes.CDLL) -> None:
    address, whole = ctypes.c_void_p, ctypes.c_int32
    library.bunraku_kernels.restype = whole
    library.bunraku_kernel_name.argtypes = (whole,)
    library.bunraku_kernel_name.restype = ctypes.c_char_p
    library.bunraku_kernel_fine.argtypes = (whole,)
    library.bunraku_kernel_fine.restype = whole
    library.bunraku_room.argtypes = (whole, whole, whole)
    library.bunraku_room.restype = ctypes.c_int64
    library.bunraku_pack.argtypes = (whole, address, address, whole, whole, address)
    library.bunraku_pack.restype = None
    library.bunraku_sine.argtypes = (whole, address, address, ctypes.c_int64)
    library.bunraku_sine.restype = None
    library.bunraku_tile.restype = whole
    library.bunraku_draw.argtypes = (whole, address, address, address, address, whole)
    library.bunraku_draw.restype = whole
    library.bunraku_blend.argtypes = (address, address, address, address, address, address, whole)
    library.bunraku_blend.restype = None
