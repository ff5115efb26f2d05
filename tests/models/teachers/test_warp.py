import pytest
import torch

from models.teachers.warp import blend, resized, warp


def test_no_flow_leaves_the_image_alone() -> None:
    image = torch.rand(2, 4, 8, 12)
    assert torch.allclose(warp(image, torch.zeros(2, 2, 8, 12)), image, atol=1e-6)


def test_the_first_channel_moves_along_columns_and_is_a_share_of_the_width() -> None:
    image = torch.arange(8.0).expand(1, 1, 4, 8)
    flow = torch.zeros(1, 2, 4, 8)
    flow[:, 0] = 2 / 8
    assert warp(image, flow)[0, 0, 0].tolist() == pytest.approx([1, 2, 3, 4, 5, 6, 7, 7])


def test_beyond_the_border_the_border_is_repeated() -> None:
    image = torch.arange(4.0).view(1, 1, 4, 1).expand(1, 1, 4, 4)
    flow = torch.zeros(1, 2, 4, 4)
    flow[:, 1] = -5
    assert torch.equal(warp(image, flow), torch.zeros(1, 1, 4, 4))


def test_half_precision_keeps_pixels_apart() -> None:
    image = torch.rand(1, 1, 512, 512, dtype=torch.float16)
    warped = warp(image, torch.zeros(1, 2, 512, 512, dtype=torch.float16))
    assert warped.dtype == torch.float16
    assert float((warped - image).abs().max()) < 2e-3


def test_blending_and_resizing() -> None:
    one, two = torch.ones(1, 4, 2, 2), torch.zeros(1, 4, 2, 2)
    assert torch.equal(blend(torch.tensor(0.25), one, two), one * 0.25)
    ramp = torch.tensor([[[[0.0, 1.0]]]]).expand(1, 1, 2, 2)
    assert resized(ramp, 4)[0, 0, 0].tolist() == pytest.approx([0, 0.25, 0.75, 1])
