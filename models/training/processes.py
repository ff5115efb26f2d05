"""Several processes that train one network together, as `torchrun` starts them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
import torch.distributed as dist

from models.training.feed import Place


@contextmanager
def together(environment: Mapping[str, str], device: torch.device) -> Iterator[tuple[Place, torch.device]]:
    """This process's place among those that `torchrun` started, and its own device.

    Alone, where it started none. The processes speak over NCCL on graphics cards, and over Gloo elsewhere.
    """
    if int(environment.get("WORLD_SIZE", "1")) == 1:
        yield Place(), device
        return
    if device.type == "cuda":
        device = torch.device("cuda", int(environment["LOCAL_RANK"]))
        torch.cuda.set_device(device)
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Place(dist.get_rank(), dist.get_world_size()), device
    finally:
        dist.destroy_process_group()


def any_of(flag: bool, place: Place, device: torch.device) -> bool:
    """Whether the flag is up in any of the processes, so that all of them stop after the same step."""
    if place.world == 1:
        return flag
    shared = torch.tensor([float(flag)], device=device)
    dist.all_reduce(shared, dist.ReduceOp.MAX)
    return bool(shared.item())
