"""Pictures from the device to the host."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

Wait = Callable[[], list[NDArray[np.uint8]]]


class Copies(Protocol):
    """aside: whether the device can draw while it copies, so that waiting is worth a thread."""

    aside: bool

    def begin(self, pictures: Sequence[torch.Tensor]) -> Wait:
        """Return when all are drawn; what gives them on the host when it is called, from any thread."""


class HostCopies:
    """Where pictures are on the host already, or come there at once."""

    aside = False

    def begin(self, pictures: Sequence[torch.Tensor]) -> Wait:
        """As `Copies.begin`."""
        arrays = [picture.cpu().numpy() for picture in pictures]
        return lambda: arrays


class CudaCopies:
    """Copies on a stream of their own, into memory that the device writes by itself."""

    aside = True

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]

    def begin(self, pictures: Sequence[torch.Tensor]) -> Wait:
        """As `Copies.begin`."""
        with torch.cuda.device(self._device):
            drawn = torch.cuda.current_stream().record_event()
            pinned = [torch.empty_like(picture, device="cpu", pin_memory=True) for picture in pictures]
            with torch.cuda.stream(self._stream):
                self._stream.wait_event(drawn)
                for host, picture in zip(pinned, pictures, strict=True):
                    host.copy_(picture, non_blocking=True)
                    # Else its memory might be drawn into before it has been read.
                    picture.record_stream(self._stream)
            copied = self._stream.record_event()
            drawn.synchronize()

        def wait() -> list[NDArray[np.uint8]]:
            copied.synchronize()
            return [host.numpy() for host in pinned]

        return wait


def copies_for(device: torch.device) -> Copies:
    """How pictures come from a device."""
    return CudaCopies(device) if device.type == "cuda" else HostCopies()
