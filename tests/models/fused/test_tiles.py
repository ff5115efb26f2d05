"""Lists of runs hold what is shown, and at each level all that is read above."""

import itertools
from itertools import pairwise

import pytest
import torch

from models.fused.tiles import LENGTHS, NONE, TileBank, Tiles, quads_of, runs_of
from models.regions import Region, levels_of, masks_of
from models.view import View

CPU = torch.device("cpu")
RUNS = (1, 2, 4)
VIEWS = (View(128), View(256, (100, 60, 90, 130)))


def mask_of(numbers: torch.Tensor, view: View, level: int) -> torch.Tensor:
    """The pixels of runs, as a mask of the whole map."""
    region = levels_of(view.size, view.box)[level]
    grid, mask = quads_of(region), torch.zeros(region.size, region.size, dtype=torch.bool)
    for quad in (numbers[:, None] * RUNS[level] + torch.arange(RUNS[level])).flatten().tolist():
        row, column = grid.top + quad // grid.width, grid.left + quad % grid.width
        for y, x in itertools.product((2 * row + 1, 2 * row + 2), (2 * column + 1, 2 * column + 2)):
            if region.top <= y < region.bottom and region.left <= x < region.right:
                mask[y, x] = True
    return mask


@pytest.mark.parametrize("box", [(0, 0, 8, 8), (1, 2, 5, 7), (2, 1, 3, 8), (5, 5, 6, 6), (0, 3, 1, 4)])
def test_quads_cover_a_region_and_each_lies_between_four_pixels_of_the_map_below(
    box: tuple[int, int, int, int],
) -> None:
    region = Region(8, *box)
    grid, below = quads_of(region), region.below()
    rows = range(2 * grid.top + 1, 2 * (grid.top + grid.height) + 1)
    columns = range(2 * grid.left + 1, 2 * (grid.left + grid.width) + 1)
    assert rows.start in (region.top, region.top - 1)
    assert rows.stop in (region.bottom, region.bottom + 1)
    assert columns.start in (region.left, region.left - 1)
    assert columns.stop in (region.right, region.right + 1)
    for corner in (grid.top, grid.top + grid.height):
        assert below.top <= min(max(corner, 0), 3) < below.bottom
    for corner in (grid.left, grid.left + grid.width):
        assert below.left <= min(max(corner, 0), 3) < below.right


def test_what_is_shown_is_drawn_and_so_is_all_that_a_drawn_pixel_reads() -> None:
    generator = torch.Generator().manual_seed(1)
    for view in VIEWS:
        shown = torch.rand(view.size, view.size, generator=generator) > 0.999
        lists = runs_of(shown, view, RUNS)
        drawn = [mask_of(numbers, view, level) for level, numbers in enumerate(lists)]
        assert not (masks_of(shown, view.box)[-1] & ~drawn[-1]).any()
        for below, above in pairwise(drawn):
            assert not (masks_of(above, (0, 0, len(above), len(above)))[-2] & ~below).any()
        assert drawn[-1].float().mean() < 0.2


def taken(bank: TileBank, *names: str) -> list[Tiles]:
    return bank.tiles(bank.lengths(names), torch.tensor(bank.places(names)))


def test_frames_find_their_own_lists_and_the_longest_is_told() -> None:
    bank = TileBank(VIEWS[0], RUNS, CPU)
    some = torch.zeros(128, 128, dtype=torch.bool)
    some[100:104, 20:40] = True
    bank.put("some", some)
    bank.put("all", ~torch.zeros_like(some))
    assert "some" in bank
    assert "none" not in bank
    whole = taken(bank, "some", "all", "some")
    for level, (tiles, run) in enumerate(zip(whole, RUNS, strict=True)):
        assert tiles.count == tiles.lists.shape[1] == -(-(((64 >> 2 - level) + 1) ** 2) // run)
        assert tiles.lists[tiles.plans[1]].tolist() == list(range(tiles.count))
    few = taken(bank, "some")[-1]
    numbers = few.lists[few.plans[0]].tolist()
    assert mask_of(torch.tensor(numbers[: few.count]), VIEWS[0], 2)[some].all()
    assert few.count < few.lists.shape[1] / 3
    assert set(numbers[few.count :]) == {NONE}


def test_lists_are_drawn_at_few_different_lengths_and_none_too_short() -> None:
    bank = TileBank(View(512), RUNS, CPU)
    lengths = []
    for rows in range(0, 512, 7):
        shown = torch.zeros(512, 512, dtype=torch.bool)
        shown[:rows] = True
        bank.put("some", shown)
        lengths.append(bank.lengths(["some"]))
        lists = bank.lists
        for level, length in enumerate(lengths[-1]):
            assert length <= lists[level].shape[1]
            assert (lists[level][bank.places(["some"])[0], length:] == NONE).all()
    assert lengths[0] == (0, 0, 0)
    assert lengths[-1] == tuple(numbers.shape[1] for numbers in bank.lists)
    assert len(set(lengths)) <= 3 * LENGTHS


def test_where_nothing_is_shown_nothing_is_drawn() -> None:
    bank = TileBank(VIEWS[1], RUNS, CPU)
    bank.put("none", torch.zeros(256, 256, dtype=torch.bool))
    assert [tiles.count for tiles in taken(bank, "none")] == [0, 0, 0]
    bank.drop("none")
    bank.drop("none")
    assert "none" not in bank
