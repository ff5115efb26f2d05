"""Which runs of quads the kernels draw at each level, kept on the device for characters and views."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F

from models.bank import Bank
from models.regions import LEVELS, Region, levels_of, masks_of
from models.view import View

# What stands in a list after its last run.
NONE = -1

# Of how many different lengths lists are drawn: for each of them launches are recorded anew.
LENGTHS = 16


@dataclass(frozen=True)
class Quads:
    """Two by two pixels that lie between the same four of the map below, in a grid that covers a region.

    The one at (row, column) of the map's grid has the pixels of rows 2 row + 1 and 2 row + 2, and columns
    alike; those at the region's edge may reach one pixel beyond it. left and top: of the grid's first quad.
    """

    left: int
    top: int
    width: int
    height: int

    @property
    def count(self) -> int:
        """How many there are."""
        return self.width * self.height


def quads_of(region: Region) -> Quads:
    """The quads that cover a region."""
    left, top = (region.left + 1) // 2 - 1, (region.top + 1) // 2 - 1
    return Quads(left, top, region.right // 2 - left, region.bottom // 2 - top)


@dataclass(frozen=True, eq=False)
class Tiles:
    """Runs of `run` quads of a region, row after row, that each frame of a batch draws of a level.

    lists: int32 (plans, runs of the whole region), numbers of runs and then NONE. plans: int64 (N,), which
    of the lists is a frame's. count: runs in the longest of these, or somewhat more.
    """

    lists: torch.Tensor
    plans: torch.Tensor
    run: int
    count: int


class TileBank:
    """The lists of one view: of what is shown, for each name that stands for it.

    runs: quads of a run at each level, coarsest first.
    """

    def __init__(self, view: View, runs: Sequence[int], device: torch.device) -> None:
        self.view, self.regions = view, levels_of(view.size, view.box)
        self._runs = runs
        self._bank = Bank(device)
        self._counts: dict[str, tuple[int, ...]] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._bank

    def put(self, name: str, shown: torch.Tensor) -> None:
        """Keep the lists for what is shown, bool (size, size)."""
        lists = runs_of(shown, self.view, self._runs)
        self._counts[name] = tuple(len(numbers) for numbers in lists)
        padded = {
            str(level): _padded(numbers, -(-quads_of(region).count // run))
            for level, (numbers, region, run) in enumerate(zip(lists, self.regions, self._runs, strict=True))
        }
        self._bank.put(name, padded)

    def drop(self, name: str) -> None:
        """Forget the lists of a name; unknown ones are ignored."""
        self._counts.pop(name, None)
        self._bank.drop(name)

    def places(self, names: Sequence[str]) -> list[int]:
        """Which of the lists are those of the names. Raises KeyError."""
        return self._bank.places(names)

    def lengths(self, names: Sequence[str]) -> tuple[int, ...]:
        """How much of the lists of those names is drawn at each level, coarsest first; zeros for nothing."""
        lengths = []
        for level, lists in enumerate(self.lists):
            longest, room = max(self._counts[name][level] for name in names), lists.shape[1]
            step = -(-room // LENGTHS)
            lengths.append(min(room, -(-longest // step) * step))
        return tuple(lengths)

    def tiles(self, lengths: Sequence[int], plans: torch.Tensor) -> list[Tiles]:
        """What frames draw of each level, coarsest first. plans: the places of their lists, int64 (N,)."""
        return [
            Tiles(lists, plans, run, count)
            for lists, run, count in zip(self.lists, self._runs, lengths, strict=True)
        ]

    @property
    def lists(self) -> list[torch.Tensor]:
        """All lists of each level, coarsest first."""
        return [self._bank.stacks[str(level)] for level in range(LEVELS)]


def runs_of(shown: torch.Tensor, view: View, runs: Sequence[int]) -> list[torch.Tensor]:
    """Numbers of the runs, int64, that hold what is shown at each level, and all that those above them read.

    A run is drawn whole, so what its other pixels read must be there, too.
    """
    regions = levels_of(view.size, view.box)
    wanted = masks_of(shown, view.box)[-1]
    lists: list[torch.Tensor] = []
    for region, run in zip(reversed(regions), reversed(runs), strict=True):
        numbers, wanted = _whole_runs(wanted, region, run)
        lists.insert(0, numbers)
        wanted = masks_of(wanted, (0, 0, region.size, region.size))[-2]
    return lists


def _whole_runs(wanted: torch.Tensor, region: Region, run: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The runs that hold a wanted pixel, and the mask of all their pixels."""
    grid = quads_of(region)
    left, top = region.left - 2 * grid.left - 1, region.top - 2 * grid.top - 1
    right, bottom = 2 * grid.width - left - region.width, 2 * grid.height - top - region.height
    inside = wanted[region.top : region.bottom, region.left : region.right]
    cells = F.pad(inside, (left, right, top, bottom)).view(grid.height, 2, grid.width, 2).any(3).any(1)
    held = F.pad(cells.flatten(), (0, -grid.count % run)).view(-1, run).any(1)
    drawn = held.repeat_interleave(run)[: grid.count].view(grid.height, grid.width)
    pixels = drawn.repeat_interleave(2, 0).repeat_interleave(2, 1)
    whole = torch.zeros_like(wanted)
    whole[region.top : region.bottom, region.left : region.right] = pixels[
        top : top + region.height, left : left + region.width
    ]
    return held.nonzero().flatten(), whole


def _padded(numbers: torch.Tensor, count: int) -> torch.Tensor:
    padded = torch.full((count,), NONE, dtype=torch.int32)
    padded[: len(numbers)] = numbers
    return padded
