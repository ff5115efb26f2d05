import numpy as np
import torch

from models.distill.tiles import Tiles


def test_squares_lie_in_the_picture_and_mostly_on_the_figure() -> None:
    picture = torch.full((4, 512, 512), -1.0)
    picture[:, 400:, 400:] = 1
    drawn = Tiles(picture).draw(np.random.default_rng(0), 400, 64)
    assert (drawn.side, drawn.corners.shape) == (64, (400, 2))
    assert not (drawn.corners % 4).any()
    assert 0 <= int(drawn.corners.min()) < int(drawn.corners.max()) == 512 - 64
    on_it = (drawn.corners + 64 > 368).all(dim=1).float().mean()
    assert 0.8 < on_it < 1


def test_squares_reach_every_edge() -> None:
    drawn = Tiles(torch.full((4, 512, 512), -1.0)).draw(np.random.default_rng(0), 400, 32)
    assert drawn.corners.amin(dim=0).tolist() == [0, 0]
    assert drawn.corners.amax(dim=0).tolist() == [480, 480]
