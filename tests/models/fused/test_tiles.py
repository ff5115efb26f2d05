"""Lists of runs hold what is shown, and at each level all that is read above."""

from itertools import pairwise

import torch

from models.fused.tiles import NONE, TileBank, runs_of
from models.regions import levels_of, masks_of
from models.view import View

CPU = torch.device("cpu")
BLOCKS = (4, 8, 16)
VIEWS = (View(128), View(256, (100, 60, 90, 130)))


def mask_of(numbers: torch.Tensor, view: View, level: int) -> torch.Tensor:
    """The pixels of runs, as a mask of the whole map."""
    region = levels_of(view.size, view.box)[level]
    inside = torch.zeros(-(-region.area // BLOCKS[level]), BLOCKS[level], dtype=torch.bool)
    inside[numbers.long()] = True
    mask = torch.zeros(region.size, region.size, dtype=torch.bool)
    flat = inside.flatten()[: region.area].view(region.height, region.width)
    mask[region.top : region.bottom, region.left : region.right] = flat
    return mask


def test_what_is_shown_is_drawn_and_so_is_all_that_a_drawn_pixel_reads() -> None:
    generator = torch.Generator().manual_seed(1)
    for view in VIEWS:
        shown = torch.rand(view.size, view.size, generator=generator) > 0.999
        lists = runs_of(shown, view, BLOCKS)
        drawn = [mask_of(numbers, view, level) for level, numbers in enumerate(lists)]
        assert not (masks_of(shown, view.box)[-1] & ~drawn[-1]).any()
        for below, above in pairwise(drawn):
            assert not (masks_of(above, (0, 0, len(above), len(above)))[-2] & ~below).any()
        assert drawn[-1].float().mean() < 0.2


def test_frames_find_their_own_lists_and_the_longest_is_told() -> None:
    bank = TileBank(VIEWS[0], BLOCKS, CPU)
    some = torch.zeros(128, 128, dtype=torch.bool)
    some[100:104, 20:40] = True
    bank.put("some", some)
    bank.put("all", ~torch.zeros_like(some))
    assert "some" in bank
    assert "none" not in bank
    whole = bank.take(["some", "all", "some"])
    for level, (tiles, block) in enumerate(zip(whole, BLOCKS, strict=True)):
        assert tiles.count == tiles.lists.shape[1] == (128 >> 2 - level) ** 2 // block
        assert tiles.lists[tiles.plans[1]].tolist() == list(range(tiles.count))
    few = bank.take(["some"])[-1]
    numbers = few.lists[few.plans[0]].tolist()
    assert few.count == 8
    assert numbers[:3] == [801, 802, 809]
    assert set(numbers[8:]) == {NONE}


def test_where_nothing_is_shown_nothing_is_drawn() -> None:
    bank = TileBank(VIEWS[1], BLOCKS, CPU)
    bank.put("none", torch.zeros(256, 256, dtype=torch.bool))
    assert [tiles.count for tiles in bank.take(["none"])] == [0, 0, 0]
    bank.drop("none")
    bank.drop("none")
    assert "none" not in bank
