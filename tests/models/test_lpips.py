import pytest
import torch

from models.lpips import Lpips
from models.vgg import Vgg


@pytest.fixture(scope="module")
def lpips() -> Lpips:
    torch.manual_seed(0)
    return Lpips(Vgg(5).eval())


def test_equal_pictures_are_no_way_apart(lpips: Lpips) -> None:
    picture = torch.rand(1, 3, 32, 32)
    assert lpips(picture, picture) == 0


def test_the_way_is_the_same_in_both_directions_and_grows(lpips: Lpips) -> None:
    picture, noise = torch.rand(1, 3, 32, 32), torch.randn(1, 3, 32, 32)
    near, far = picture + 0.02 * noise, picture + 0.2 * noise
    assert 0 < lpips(picture, near) < lpips(picture, far)
    assert lpips(picture, far) == pytest.approx(lpips(far, picture))
