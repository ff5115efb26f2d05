"""How near body networks come to the posed pictures of examples (THA4 Table 1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch

from models.likeness import Distance, Likeness, likeness_over
from models.teachers.system import System
from models.training.course import TrainingError
from models.training.feed import Batch, batched
from models.training.triples import Triples

PAPER = {"THA3": (22.37, 0.9094, 0.0480), "THA4": (22.96, 0.9195, 0.0336)}
"""PSNR, SSIM and LPIPS over the paper's 10,000 examples (Table 1)."""

Pictures = tuple[torch.Tensor, torch.Tensor]
Show = Callable[[Batch], Pictures]


def measured(show: Show, triples: Triples, count: int, lpips: Distance | None = None) -> Likeness:
    """The first `count` examples: what `show` makes of each, against what it should be.

    Raises TrainingError for fewer than one.
    """
    if count < 1:
        raise TrainingError("There must be at least one example to measure.")
    return likeness_over(_pairs(show, triples, min(count, len(triples))), lpips)


def by_system(system: System, device: torch.device) -> Show:
    """What a full system's body networks make of an example, and the posed picture."""
    system.to(device)

    @torch.inference_mode()
    def show(batch: Batch) -> Pictures:
        batch = batch.to(device)
        return system.turned(batch.rest, batch.poses)[1].merged, batch.posed

    return show


def _pairs(show: Show, triples: Triples, count: int) -> Iterator[Pictures]:
    for number in range(count):
        made, posed = show(batched([triples[number]]))
        yield made[0], posed[0]
