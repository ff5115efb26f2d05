"""A work list holds every wanted pixel once, in runs along the rows, and in full tiles."""

import numpy as np
import pytest
import torch

from models.native.work import Work, work_of


def pixels(work: Work) -> list[tuple[int, int]]:
    return [(x + i, y) for x, y, count in work.runs.tolist() for i in range(count)]


@pytest.mark.parametrize("share", [0.0, 0.02, 0.5, 0.97, 1.0])
@pytest.mark.parametrize("tile", [1, 7, 64])
def test_every_wanted_pixel_is_there_once_and_no_other(share: float, tile: int) -> None:
    mask = torch.rand(40, 40, generator=torch.Generator().manual_seed(int(100 * share))) < share
    work = work_of(mask, tile)
    assert pixels(work) == [(x, y) for y, x in torch.nonzero(mask).tolist()]
    assert work.pixels == mask.sum()


@pytest.mark.parametrize("tile", [1, 7, 64])
def test_every_tile_but_the_last_is_full(tile: int) -> None:
    mask = torch.rand(30, 30, generator=torch.Generator().manual_seed(1)) < 0.7
    work = work_of(mask, tile)
    sizes = [
        int(work.runs[start:end, 2].sum()) for start, end in zip(work.tiles, work.tiles[1:], strict=False)
    ]
    assert sizes[:-1] == [tile] * (len(sizes) - 1)
    assert 1 <= sizes[-1] <= tile
    assert sum(sizes) == work.pixels


def test_a_run_ends_with_its_row_and_at_a_gap() -> None:
    mask = torch.tensor([[1, 1, 0, 1], [1, 0, 0, 0]], dtype=torch.bool)
    assert work_of(mask, 64).runs.tolist() == [[0, 0, 2], [3, 0, 1], [0, 1, 1]]


def test_nothing_wanted_is_no_tile() -> None:
    work = work_of(torch.zeros(4, 4, dtype=torch.bool), 64)
    assert (len(work.runs), work.tiles.tolist(), work.pixels) == (0, [0], 0)


def test_the_kernel_gets_whole_numbers_of_32_bits_side_by_side() -> None:
    work = work_of(torch.ones(9, 9, dtype=torch.bool), 64)
    assert work.runs.dtype == work.tiles.dtype == np.int32
    assert work.runs.flags.c_contiguous
