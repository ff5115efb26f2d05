import numpy as np
import torch

from models.pictures import to_display, to_network
from models.planes import to_planes
from server.packing import Packing, pack

FRAMES = to_network(np.full((4, 6, 4), (200, 90, 40, 120), np.uint8))[None]
GREEN = (20, 200, 30)


def test_each_layout_is_packed_over_its_background() -> None:
    assert torch.equal(pack(FRAMES, Packing()), to_display(FRAMES))
    assert torch.equal(pack(FRAMES, Packing("rgba", GREEN)), to_display(FRAMES, GREEN))
    assert torch.equal(pack(FRAMES, Packing("planes", GREEN)), to_planes(FRAMES, GREEN))
    assert torch.equal(pack(FRAMES, Packing("stacked")), to_planes(FRAMES, stacked=True))


def test_packings_that_are_equal_are_packed_once() -> None:
    assert len({Packing("planes", GREEN), Packing("planes", GREEN), Packing("stacked", GREEN)}) == 2
