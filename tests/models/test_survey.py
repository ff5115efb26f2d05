"""A survey finds what a character shows, also where only rare poses show it, and nothing else."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import pytest
import torch

from models.character import Character
from models.engine import Request, View
from models.pose import INDEX, MAXIMUM, MINIMUM
from models.reach import BODY, CELLS, GRADES, NEVER, SHADES, WILD, Reach, grade_of
from models.regions import whole
from models.sample import sample_character
from models.survey import Effort, Poses, calm_poses, find_reach, single_poses, wild_poses

QUICK = Effort(small=60, border=8, rounds=2)
SEED, RADIUS, ARM, THIN = 4, 0.4, 0.13, 0.002


class Painter:
    """An engine that draws a disc, an arm that comes out with head_x, a tail, and a speck.

    The tail is thrown by the body, and wild poses have the speck. A spike stands on the disc, too thin for
    small pictures.
    """

    name = "painter"
    device = torch.device("cpu")

    def __init__(self, paint: float = 1.0) -> None:
        self.paint = paint
        self.reaches: list[Reach | None] = []
        self.loaded: set[str] = set()
        self.drawn: list[Request] = []

    def load(self, character: Character) -> int:
        self.loaded.add(character.id)
        self.reaches.append(character.reach)
        return 0

    def unload(self, character: str) -> None:
        self.loaded.discard(character)

    def draw(self, requests: Sequence[Request]) -> list[torch.Tensor]:
        self.drawn += requests
        return [self._picture(request) for request in requests]

    def _picture(self, request: Request) -> torch.Tensor:
        x, y = whole(request.view.size).positions(self.device)
        shown = torch.hypot(x, y) < RADIUS
        shown |= (y.abs() < 0.05) & (x >= 0) & (x < RADIUS + ARM * float(request.pose[INDEX["head_x"]]))
        shown |= (x.abs() < THIN) & (y < 0) & (y > -RADIUS - 0.02)
        if grade_of(request.pose) >= 2:
            shown |= (x.abs() < 0.05) & (y > 0) & (y < 0.6)
        if grade_of(request.pose) == WILD:
            shown |= torch.hypot(x + 0.8, y + 0.8) < 0.05
        return torch.where(shown, self.paint, 0.0).expand(4, -1, -1) * 2 - 1


@pytest.fixture(scope="module")
def painter() -> Painter:
    return Painter()


@pytest.fixture(scope="module")
def reach(painter: Painter) -> Reach:
    return find_reach(sample_character("a"), painter, QUICK, SEED)


def cell(reach: Reach, x: float, y: float) -> int:
    return int(reach.cells[int((y + 1) / 2 * CELLS), int((x + 1) / 2 * CELLS)])


def test_what_every_pose_shows_is_found(reach: Reach) -> None:
    x, y = whole(CELLS).positions(torch.device("cpu"))
    assert (reach.cells[torch.hypot(x, y) < RADIUS] == SHADES[0]).all()


def test_what_only_an_extreme_shows_is_found(reach: Reach) -> None:
    assert cell(reach, RADIUS + ARM - 0.02, 0) == SHADES[0]
    assert cell(reach, RADIUS + ARM + 0.05, 0) == NEVER


def test_what_only_poses_far_from_rest_show_has_their_grade(reach: Reach) -> None:
    assert cell(reach, 0.02, 0.55) == SHADES[2]
    assert cell(reach, -0.8, -0.8) == SHADES[WILD]


def test_what_small_pictures_miss_at_the_border_is_found_in_large_ones(reach: Reach) -> None:
    assert cell(reach, 0.001, -RADIUS - 0.015) == SHADES[0]


def test_little_is_taken_that_is_never_shown(reach: Reach) -> None:
    x, y = whole(CELLS).positions(torch.device("cpu"))
    far = (torch.hypot(x, y) > RADIUS + 0.06) & ~((y.abs() < 0.1) & (x > 0))
    assert (reach.cells[far] > SHADES[2]).sum() == 0
    assert (reach.cells[far] != NEVER).float().mean() < 0.02


def test_the_same_seed_finds_the_same(reach: Reach) -> None:
    again = find_reach(sample_character("a"), Painter(), QUICK, SEED)
    assert torch.equal(again.cells, reach.cells)


def test_the_character_is_unloaded_in_the_end(reach: Reach, painter: Painter) -> None:
    assert painter.loaded == set()


def test_only_a_band_about_the_border_is_drawn_at_full_size(reach: Reach, painter: Painter) -> None:
    bands = [band.shown(512, WILD) for band in painter.reaches if band is not None]
    assert bands
    for band in bands:
        assert not band[256, 256]
        assert 0 < band.float().mean() < 0.2
    assert {request.view for request in painter.drawn} == {View(128), View(256), View(512)}


def test_a_character_without_a_transparent_place_is_soon_done() -> None:
    class Wall(Painter):
        def _picture(self, request: Request) -> torch.Tensor:
            return torch.ones(4, request.view.size, request.view.size)

    wall = Wall()
    assert find_reach(sample_character("a"), wall, QUICK).whole
    assert len(wall.drawn) == 1


def test_what_is_far_from_being_seen_does_not_count() -> None:
    faint = find_reach(sample_character("a"), Painter(0.2 / 255), QUICK)
    assert (faint.cells == NEVER).all()
    seen = find_reach(sample_character("a"), Painter(0.3 / 255), QUICK)
    assert (seen.cells == SHADES[0]).any()


def test_every_pose_that_is_drawn_is_told() -> None:
    told: list[int] = []
    painter = Painter()
    find_reach(sample_character("a"), painter, QUICK, on_pose=lambda: told.append(1))
    assert len(told) == len({request.pose.tobytes() for request in painter.drawn})
    assert len(told) <= QUICK.poses


@pytest.mark.parametrize("poses", [partial(calm_poses, 1), wild_poses], ids=["calm", "wild"])
def test_poses_are_within_range_and_the_same_for_the_same_seed(
    poses: Callable[[int, np.random.Generator], Poses],
) -> None:
    one, other = (poses(300, np.random.default_rng(7)) for _ in range(2))
    assert one.dtype == np.float32
    assert one.shape == (300, 45)
    assert ((one >= MINIMUM) & (one <= MAXIMUM)).all()
    assert (one == other).all()


def test_every_parameter_is_tried_alone_at_each_extreme() -> None:
    poses = single_poses()
    assert poses.shape == (45 + 7, 45)
    assert ((poses != 0).sum(axis=1) == 1).all()
    assert (poses.max(axis=0) == MAXIMUM).all()
    assert (poses.min(axis=0) == MINIMUM).all()


@pytest.mark.parametrize("grade", GRADES[:WILD])
def test_calm_poses_go_to_the_limits_of_their_grade_and_not_beyond(grade: int) -> None:
    poses = calm_poses(grade, 2000, np.random.default_rng(1))
    grades = [grade_of(pose) for pose in poses]
    assert max(grades) == grade
    assert np.mean(np.equal(grades, grade)) > 0.1
    assert np.abs(poses[:, BODY:]).sum(axis=1).max() > 0.99 * (3, 4.5, 6)[grade]
    assert ((poses.max(axis=0) == MAXIMUM) & (poses.min(axis=0) == MINIMUM)).all()


def test_wild_poses_are_wild() -> None:
    poses = wild_poses(1000, np.random.default_rng(1))
    assert np.mean([grade_of(pose) == WILD for pose in poses]) > 0.98
