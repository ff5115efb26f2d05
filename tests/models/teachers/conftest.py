"""What the tests of teachers share."""

import pytest
import torch

from models.pictures import read_picture, write_picture


@pytest.fixture(scope="session")
def picture(tmp_path_factory: pytest.TempPathFactory) -> torch.Tensor:
    """A picture with soft edges, as it comes from a file."""
    generator = torch.Generator().manual_seed(3)
    small = torch.rand(1, 4, 16, 16, generator=generator)
    soft = torch.nn.functional.interpolate(small, (512, 512), mode="bicubic").clamp(0, 1)[0]
    soft[:3] *= soft[3:]
    path = tmp_path_factory.mktemp("picture") / "picture.png"
    write_picture(soft * 2 - 1, path)
    return read_picture(path)
