"""Launches recorded once and repeated as one: the host's share of each of them is saved.

It matters to a few frames, which a device draws about as quickly as the host launches their kernels.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

Work = Callable[..., torch.Tensor]

# What is kept ready, each with its result: 8 MB for each frame of full size.
ROOM = 32

_log = logging.getLogger(__name__)


Recorder = Callable[[Callable[[], torch.Tensor]], tuple[torch.Tensor, Callable[[], None]]]
"""Runs work for its launches alone: nothing is computed, and what it gives has no values yet. Its own result
is that, and what repeats the launches, on the same tensors, in order."""


class OnCuda:
    """CUDA graphs, or those of ROCm, of what is launched on the current device.

    All are recorded on one stream into one pool of memory: what each makes on its way lies where others make
    theirs, or the graphs would take gigabytes. So a result holds only until another graph is repeated.
    """

    def __init__(self) -> None:
        self._pool: Any = None
        self._aside: torch.cuda.Stream | None = None

    def __call__(self, work: Callable[[], torch.Tensor]) -> tuple[torch.Tensor, Callable[[], None]]:
        """As a `Recorder`."""
        if self._aside is None:
            self._pool = torch.cuda.graph_pool_handle()
            self._aside = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        graph = torch.cuda.CUDAGraph()
        # Not by torch.cuda.graph, which first waits for the device and gives its spare memory back, while
        # others are being served. What other threads do meanwhile is their own affair.
        with torch.cuda.stream(self._aside):
            graph.capture_begin(pool=self._pool, capture_error_mode="thread_local")
            try:
                result = work()
            finally:
                graph.capture_end()
        return result, graph.replay


def recorder_for(device: torch.device) -> Recorder | None:
    """What records on a device, where anything does."""
    return OnCuda() if device.type == "cuda" else None


@dataclass(frozen=True, eq=False)
class _Recorded:
    inputs: tuple[torch.Tensor, ...]
    result: torch.Tensor
    repeat: Callable[[], None]


class Graphs:
    """Work that is recorded when it comes a second time, and repeated from then on.

    Where recording fails, which is logged once, it is launched as ever.
    """

    def __init__(self, device: torch.device, record: Recorder | None) -> None:
        self._device = device
        self._record = record
        self._known: OrderedDict[Hashable, _Recorded | None] = OrderedDict()

    def run(
        self, key: Hashable, inputs: Sequence[torch.Tensor], work: Work
    ) -> tuple[Sequence[torch.Tensor], torch.Tensor]:
        """`inputs`, which are on the host, on the device, and what `work` gives of them there.

        The key stands for all else that the work depends on: shapes, numbers, where tensors lie. Work does
        nothing but launch kernels and make room for what they write. Both results hold until the next call.
        """
        if self._record is None:
            return self.launched(inputs, work)
        if key not in self._known:
            # The first time, kernels may have to be compiled, which cannot be recorded.
            self._keep(key, None)
            return self.launched(inputs, work)
        if (recorded := self._known[key]) is None:
            try:
                recorded = self._recorded(inputs, work, self._record)
            except RuntimeError as error:
                _log.warning("Launches cannot be recorded here: %s", str(error).split("\n")[0])
                self._record = None
                return self.launched(inputs, work)
        self._keep(key, recorded)
        for place, given in zip(recorded.inputs, inputs, strict=True):
            place.copy_(self._leaving(given), non_blocking=True)
        recorded.repeat()
        return recorded.inputs, recorded.result

    def launched(
        self, inputs: Sequence[torch.Tensor], work: Work
    ) -> tuple[Sequence[torch.Tensor], torch.Tensor]:
        """The same, not recorded; the results hold."""
        placed = [self._leaving(given).to(self._device, non_blocking=True) for given in inputs]
        return placed, work(*placed)

    def _recorded(self, inputs: Sequence[torch.Tensor], work: Work, record: Recorder) -> _Recorded:
        placed = tuple(given.to(self._device, copy=True) for given in inputs)
        result, repeat = record(lambda: work(*placed))
        return _Recorded(placed, result, repeat)

    def _leaving(self, given: torch.Tensor) -> torch.Tensor:
        """Where a device fetches it by itself: the host would wait for all that was launched before, else."""
        return given.pin_memory() if self._device.type == "cuda" else given

    def _keep(self, key: Hashable, recorded: _Recorded | None) -> None:
        self._known[key] = recorded
        self._known.move_to_end(key)
        if len(self._known) > ROOM:
            self._known.popitem(last=False)
