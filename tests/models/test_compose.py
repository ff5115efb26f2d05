"""Paste, warp and blend, each seen alone."""

import torch

from models.compose import compose, shrunk
from models.regions import Region, whole


def pictures() -> torch.Tensor:
    return torch.randn(1, 4, 128, 128, generator=torch.Generator().manual_seed(1))


FACE = torch.full((1, 4, 32, 32), 0.5)


def body(alpha: float, color: float = 0.25, dx: float = 0.0, dy: float = 0.0) -> torch.Tensor:
    """(1, 7, 128, 128), the same in every pixel."""
    return torch.tensor([dx, dy, alpha] + [color] * 4).view(1, 7, 1, 1).expand(-1, -1, 128, 128)


def test_no_flow_and_no_alpha_give_the_picture_with_its_face() -> None:
    stages = compose(pictures(), FACE, body(alpha=0), whole(128))
    expected = pictures()
    expected[:, :, 20:52, 48:80] = 0.5
    torch.testing.assert_close(stages.blended, expected, atol=1e-5, rtol=0)


def test_alpha_one_gives_the_direct_colour_and_beyond_one_goes_on() -> None:
    assert (compose(pictures(), FACE, body(alpha=1), whole(128)).blended == 0.25).all()
    stages = compose(pictures(), FACE, body(alpha=1.5), whole(128))
    torch.testing.assert_close(stages.blended, 1.5 * stages.color - 0.5 * stages.warped)


def test_the_flow_says_where_a_pixel_comes_from() -> None:
    stages = compose(pictures(), FACE, body(alpha=0, dx=2 * 3 / 128, dy=-2 * 5 / 128), whole(128))
    torch.testing.assert_close(stages.warped[..., 60:, :9], pictures()[..., 55:123, 3:12], atol=1e-4, rtol=0)


def test_beyond_the_border_the_border_is_seen() -> None:
    stages = compose(pictures(), FACE, body(alpha=0, dx=-3), whole(128))
    torch.testing.assert_close(stages.warped, pictures()[..., :1].expand(-1, -1, -1, 128), atol=1e-5, rtol=0)


def test_a_region_is_warped_as_in_the_whole_picture() -> None:
    region = Region(128, 40, 10, 70, 30)
    flowing = body(alpha=0.5, dx=0.03, dy=0.02)
    all_of_it = compose(pictures(), FACE, flowing, whole(128)).blended
    some = compose(pictures(), FACE, region.cut(flowing, whole(128)), region).blended
    torch.testing.assert_close(some, region.cut(all_of_it, whole(128)), atol=1e-6, rtol=0)


def test_shrinking_is_a_box_average() -> None:
    picture = torch.arange(16.0).view(1, 4, 4).expand(4, -1, -1)
    assert shrunk(picture, 2)[0].tolist() == [[2.5, 4.5], [10.5, 12.5]]
    assert shrunk(picture, 4) is picture
