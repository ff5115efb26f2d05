import numpy as np
import torch

from models.distill.tiles import Tiles, square
from models.regions import whole


def test_squares_lie_in_the_picture_and_mostly_on_the_figure() -> None:
    picture = torch.full((4, 512, 512), -1.0)
    picture[:, 400:, 400:] = 1
    lot, tiles = np.random.default_rng(0), Tiles(picture)
    drawn = [tiles.draw(lot, 64) for _ in range(200)]
    assert all(0 <= tile.left < tile.right <= 512 and tile.width == tile.height == 64 for tile in drawn)
    on_it = np.mean([tile.right > 368 and tile.bottom > 368 for tile in drawn])
    assert 0.8 < on_it < 1


def test_squares_anywhere_reach_every_edge() -> None:
    lot = np.random.default_rng(0)
    drawn = [square(lot, 128, 32) for _ in range(200)]
    assert min(tile.left for tile in drawn) == min(tile.top for tile in drawn) == 0
    assert max(tile.right for tile in drawn) == max(tile.bottom for tile in drawn) == 128


def test_a_square_as_wide_as_the_picture_is_the_picture() -> None:
    lot = np.random.default_rng(0)
    assert square(lot, 128, 128) == whole(128)
    assert Tiles(torch.ones(4, 512, 512)).draw(lot, 512) == whole(512)
