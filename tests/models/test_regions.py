"""A region holds exactly the pixels that it says, and asks for enough of the map below."""

import pytest
import torch
import torch.nn.functional as F

from models.regions import Region, enlarged, face_of, levels_of, masks_of, whole
from models.view import SIZES

CPU = torch.device("cpu")


def test_positions_are_pixel_centres_with_x_first() -> None:
    positions = Region(4, 1, 2, 4, 4).positions(CPU)
    torch.testing.assert_close(positions[0], torch.tensor([[-0.25, 0.25, 0.75]] * 2))
    torch.testing.assert_close(positions[1], torch.tensor([[0.25] * 3, [0.75] * 3]))


def test_positions_of_a_region_are_those_of_the_whole_map() -> None:
    region = Region(128, 3, 50, 100, 61)
    assert torch.equal(region.positions(CPU), region.cut(whole(128).positions(CPU), whole(128)))


@pytest.mark.parametrize("left", range(0, 16, 3))
@pytest.mark.parametrize("width", [1, 2, 5])
def test_upsampling_what_is_below_gives_the_pixels_of_the_whole_upsampled(left: int, width: int) -> None:
    coarse = torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    region = Region(16, left, max(0, left - 4), min(16, left + width), 16)
    below = region.below()
    got = enlarged(below.cut(coarse, whole(8)), below, region)
    torch.testing.assert_close(
        got, region.cut(F.interpolate(coarse, scale_factor=2, mode="bilinear"), whole(16))
    )


def test_what_is_below_is_a_quarter_and_a_margin() -> None:
    assert Region(16, 4, 6, 10, 12).below() == Region(8, 1, 2, 6, 7)
    assert whole(512).below() == whole(256)


@pytest.mark.parametrize("size", SIZES)
def test_the_levels_of_a_whole_picture_are_whole(size: int) -> None:
    assert levels_of(size, (0, 0, size, size)) == (whole(size // 4), whole(size // 2), whole(size))


@pytest.mark.parametrize("size", SIZES)
def test_a_crop_asks_for_pixels_in_proportion(size: int) -> None:
    quarter = (size // 4, size // 4, 3 * size // 4, 3 * size // 4)
    for region in levels_of(size, quarter):
        assert region.area <= (region.size // 2 + 6) ** 2


@pytest.mark.parametrize("size", SIZES)
def test_the_masks_of_a_whole_picture_are_its_levels(size: int) -> None:
    box = (size // 4, 10, size // 2 + 6, size // 2)
    masks = masks_of(torch.ones(size, size, dtype=torch.bool), box)
    for mask, region in zip(masks, levels_of(size, box), strict=True):
        assert mask.shape == (region.size, region.size)
        assert mask.sum() == region.cut(mask, whole(region.size)).sum() == region.area


def test_a_pixel_is_in_the_mask_below_just_if_upsampling_reads_it() -> None:
    coarse = torch.zeros(8, 8, requires_grad=True)
    fine = F.interpolate(coarse[None, None], scale_factor=2, mode="bilinear")[0, 0]
    for x, y in [(x, 6) for x in range(16)] + [(3, y) for y in range(16)]:
        (read,) = torch.autograd.grad(fine[y, x], coarse, retain_graph=True)
        shown = torch.zeros(16, 16, dtype=torch.bool)
        shown[y, x] = True
        assert torch.equal(masks_of(shown, (0, 0, 16, 16))[1], read != 0)


def test_what_is_not_in_the_box_is_not_needed() -> None:
    masks = masks_of(torch.ones(128, 128, dtype=torch.bool), (0, 0, 2, 2))
    assert [int(mask.sum()) for mask in masks] == [4, 4, 4]


def test_bands_follow_each_other_and_cover_the_region() -> None:
    bands = Region(64, 5, 10, 20, 27).bands(8)
    assert [(band.top, band.bottom) for band in bands] == [(10, 18), (18, 26), (26, 27)]
    assert {(band.left, band.right) for band in bands} == {(5, 20)}


def test_the_face_is_where_the_paper_has_it() -> None:
    assert face_of(512) == Region(512, 192, 80, 320, 208)
    assert face_of(256) == Region(256, 96, 40, 160, 104)
    assert face_of(128) == Region(128, 48, 20, 80, 52)
