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


def test_squares_go_where_the_student_is_wrong_and_everything_is_seen_first() -> None:
    picture, lot = torch.ones(4, 512, 512), np.random.default_rng(0)
    tiles, seen = Tiles(picture, by_error=0.8), torch.zeros(32, 32)
    for _ in range(200):
        drawn = tiles.draw(lot, 32, 4)
        rows, columns = drawn.corners[:, 1] // 16, drawn.corners[:, 0] // 16
        seen[rows, columns] = 1
        tiles.learnt(drawn, torch.where((rows < 4) & (columns < 8), 0.2, 0.002).numpy())
    assert seen.all()
    corners = tiles.draw(lot, 2000, 4).corners
    share = ((corners[:, 1] < 64) & (corners[:, 0] < 128)).float().mean()
    assert 0.4 < share < 0.7, "These are 3% of the picture, and three quarters of all error."


def test_what_was_found_is_gone_on_with() -> None:
    picture, lot = torch.ones(4, 512, 512), np.random.default_rng(0)
    one, other = Tiles(picture, by_error=0.8), Tiles(picture, by_error=0.8)
    for _ in range(20):
        drawn = one.draw(lot, 32, 4)
        one.learnt(drawn, lot.random(32, dtype=np.float32))
    other.restore(one.state())
    kept = one.state()
    squares = [tiles.draw(np.random.default_rng(1), 32, 4) for tiles in (one, other)]
    assert torch.equal(squares[0].corners, squares[1].corners)
    one.learnt(squares[0], np.ones(32, np.float32))
    assert torch.equal(other.state()["off"], kept["off"])


def test_a_student_that_is_nowhere_wrong_is_still_shown_everything() -> None:
    tiles, lot = Tiles(torch.ones(4, 512, 512), by_error=1.0), np.random.default_rng(0)
    for _ in range(300):
        drawn = tiles.draw(lot, 32, 4)
        tiles.learnt(drawn, np.zeros(32, np.float32))
    corners = tiles.draw(lot, 2000, 4).corners
    assert len(set(map(tuple, (corners // 64).tolist()))) == 64
