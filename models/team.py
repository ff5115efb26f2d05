"""The processes that train one network together, as `torchrun` starts them; or the only one."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
import torch.distributed as dist


class Team:
    """Alone: nobody to ask, and everything is to do."""

    rank, size = 0, 1

    def share(self, count: int) -> slice:
        """Which of so many things are to be done here. Several members do equally many."""
        each = count // self.size
        return slice(self.rank * each, (self.rank + 1) * each)

    def agreed(self, *values: float) -> list[float]:
        """What the first member says."""
        return list(values)

    def anyone(self, flag: bool) -> bool:
        """Whether some member says so."""
        return flag

    def mean(self, gradients: Iterable[torch.Tensor]) -> None:
        """Make gradients the mean of all members', in place."""

    def gathered(self, part: torch.Tensor) -> torch.Tensor:
        """The parts of all members, of one shape (N, ...), one after another."""
        return part


class Several(Team):
    """One of several processes, which hold the same network and learn from different examples."""

    def __init__(self, device: torch.device) -> None:
        self.rank, self.size, self._device = dist.get_rank(), dist.get_world_size(), device

    def agreed(self, *values: float) -> list[float]:
        """As `Team.agreed`."""
        told = torch.tensor(values, dtype=torch.float64, device=self._device)
        dist.broadcast(told, 0)
        return [float(value) for value in told]

    def anyone(self, flag: bool) -> bool:
        """As `Team.anyone`."""
        votes = torch.tensor(float(flag), device=self._device)
        dist.all_reduce(votes)
        return bool(votes > 0)

    def mean(self, gradients: Iterable[torch.Tensor]) -> None:
        """As `Team.mean`."""
        parts = list(gradients)
        flat = torch.cat([part.flatten() for part in parts])
        dist.all_reduce(flat)
        flat /= self.size
        for part, piece in zip(parts, torch.split(flat, [part.numel() for part in parts]), strict=True):
            part.copy_(piece.view_as(part))

    def gathered(self, part: torch.Tensor) -> torch.Tensor:
        """As `Team.gathered`."""
        whole = part.new_empty(self.size * len(part), *part.shape[1:])
        dist.all_gather_into_tensor(whole, part.contiguous())
        return whole


def own_device(device: torch.device) -> torch.device:
    """Of several NVIDIA GPUs, the one that is this process's."""
    if device.type == "cuda" and _size() > 1:
        return torch.device("cuda", int(os.environ["LOCAL_RANK"]))
    return device


def _size() -> int:
    return int(os.environ.get("WORLD_SIZE", "1"))


@contextmanager
def gathering(device: torch.device) -> Iterator[Team]:
    """The team that the environment speaks of, as `torchrun` sets it: gloo on CPUs, NCCL on NVIDIA's GPUs.

    device: `own_device` of this process.
    """
    if _size() == 1:
        yield Team()
        return
    if device.type == "cuda":
        torch.cuda.set_device(device)
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Several(device)
    finally:
        dist.destroy_process_group()
