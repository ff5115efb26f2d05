"""Which runs of pixels the kernels draw at each level, kept on the device for characters and views."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from models.bank import Bank
from models.regions import LEVELS, Region, levels_of, masks_of
from models.view import View

# What stands in a list after its last run.
NONE = -1


@dataclass(frozen=True, eq=False)
class Tiles:
    """Runs of `block` pixels of a region, row after row, that each frame of a batch draws of a level.

    lists: int32 (plans, runs of the whole region), numbers of runs and then NONE. plans: int64 (N,), which
    of the lists is a frame's. count: runs in the longest of these.
    """

    lists: torch.Tensor
    plans: torch.Tensor
    block: int
    count: int


class TileBank:
    """The lists of one view: of what is shown, for each name that stands for it.

    blocks: pixels of a run at each level, coarsest first.
    """

    def __init__(self, view: View, blocks: Sequence[int], device: torch.device) -> None:
        self.view, self.regions = view, levels_of(view.size, view.box)
        self._blocks = blocks
        self._bank = Bank(device)
        self._counts: dict[str, tuple[int, ...]] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._bank

    def put(self, name: str, shown: torch.Tensor) -> None:
        """Keep the lists for what is shown, bool (size, size)."""
        lists = runs_of(shown, self.view, self._blocks)
        self._counts[name] = tuple(len(numbers) for numbers in lists)
        padded = {
            str(level): _padded(numbers, -(-region.area // block))
            for level, (numbers, region, block) in enumerate(
                zip(lists, self.regions, self._blocks, strict=True)
            )
        }
        self._bank.put(name, padded)

    def drop(self, name: str) -> None:
        """Forget the lists of a name; unknown ones are ignored."""
        self._counts.pop(name, None)
        self._bank.drop(name)

    def take(self, names: Sequence[str]) -> list[Tiles]:
        """What frames of those names draw of each level, coarsest first. Raises KeyError."""
        plans = self._bank.places(names)
        longest = [max(self._counts[name][level] for name in names) for level in range(LEVELS)]
        return [
            Tiles(self._bank.stacks[str(level)], plans, block, count)
            for level, (block, count) in enumerate(zip(self._blocks, longest, strict=True))
        ]


def runs_of(shown: torch.Tensor, view: View, blocks: Sequence[int]) -> list[torch.Tensor]:
    """Numbers of the runs, int64, that hold what is shown at each level, and all that those above them read.

    A run is drawn whole, so what its other pixels read must be there, too.
    """
    regions = levels_of(view.size, view.box)
    wanted = masks_of(shown, view.box)[-1]
    lists: list[torch.Tensor] = []
    for region, block in zip(reversed(regions), reversed(blocks), strict=True):
        numbers, wanted = _whole_runs(wanted, region, block)
        lists.insert(0, numbers)
        wanted = masks_of(wanted, (0, 0, region.size, region.size))[-2]
    return lists


def _whole_runs(wanted: torch.Tensor, region: Region, block: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The runs that hold a wanted pixel, and the mask of all their pixels."""
    inside = wanted[region.top : region.bottom, region.left : region.right]
    count = -(-region.area // block)
    pixels = torch.zeros(count * block, dtype=torch.bool)
    pixels[: region.area] = inside.flatten()
    held = pixels.view(count, block).any(1)
    whole = torch.zeros_like(wanted)
    drawn = held.repeat_interleave(block)[: region.area].view(inside.shape)
    whole[region.top : region.bottom, region.left : region.right] = drawn
    return held.nonzero().flatten(), whole


def _padded(numbers: torch.Tensor, count: int) -> torch.Tensor:
    padded = torch.full((count,), NONE, dtype=torch.int32)
    padded[: len(numbers)] = numbers
    return padded
