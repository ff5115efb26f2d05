"""A survey finds what a character shows, also where only rare poses show it, and little else."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch

from models.character import Character
from models.engine import Request, View
from models.pose import INDEX, MAXIMUM, MINIMUM
from models.reach import CELLS, FACE, LIMITS, SHADES, TURNS, WILD, Reach, grade_of
from models.regions import whole
from models.sample import sample_character
from models.survey import MARGIN, Effort, find_reach, poses_of

QUICK = Effort(25, 150)
SEED, RADIUS, ARM = 4, 0.4, 0.13


class Painter:
    """An engine that draws a disc, an arm that comes out with head_x, and a tail that only grade 1 has."""

    name = "painter"
    device = torch.device("cpu")

    def __init__(self, paint: float = 1.0) -> None:
        self.paint = paint
        self.loaded: set[str] = set()
        self.drawn: list[Request] = []

    def load(self, character: Character) -> int:
        self.loaded.add(character.id)
        return 0

    def unload(self, character: str) -> None:
        self.loaded.discard(character)

    def draw(self, requests: Sequence[Request]) -> list[torch.Tensor]:
        self.drawn += requests
        return [self._picture(request) for request in requests]

    def _picture(self, request: Request) -> torch.Tensor:
        x, y = whole(request.view.size).positions(self.device)
        return torch.where(self._shown(request, x, y), self.paint, 0.0).expand(4, -1, -1) * 2 - 1

    def _shown(self, request: Request, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        shown = torch.hypot(x, y) < RADIUS
        shown |= (y.abs() < 0.05) & (x >= 0) & (x < RADIUS + ARM * float(request.pose[INDEX["head_x"]]))
        if grade_of(request.pose) > 0:
            shown |= (x.abs() < 0.05) & (y > 0) & (y < 0.6)
        return shown


@pytest.fixture(scope="module")
def painter() -> Painter:
    return Painter()


@pytest.fixture(scope="module")
def reach(painter: Painter) -> Reach:
    return find_reach(sample_character("a"), painter, QUICK, SEED)


def cell(reach: Reach, x: float, y: float) -> int:
    return int(reach.cells[int((y + 1) / 2 * CELLS), int((x + 1) / 2 * CELLS)])


def test_what_every_pose_shows_is_found_with_a_margin(reach: Reach) -> None:
    x, y = whole(CELLS).positions(torch.device("cpu"))
    assert (reach.cells[torch.hypot(x, y) < RADIUS + 2 * (MARGIN - 1) / CELLS] == SHADES[0]).all()


def test_what_only_an_extreme_shows_is_found(reach: Reach) -> None:
    assert cell(reach, RADIUS + ARM - 0.02, 0) == SHADES[0]
    assert cell(reach, RADIUS + ARM + 0.08, 0) == 0


def test_what_only_poses_far_from_rest_show_has_their_grade(reach: Reach) -> None:
    assert cell(reach, 0.02, 0.55) == SHADES[1]


def test_little_is_taken_that_is_never_shown(reach: Reach) -> None:
    x, y = whole(CELLS).positions(torch.device("cpu"))
    far = (torch.hypot(x, y) > RADIUS + 0.06) & ~((y.abs() < 0.1) & (x > 0)) & ~((x.abs() < 0.1) & (y > 0))
    assert (reach.cells[far] == 0).all()


def test_the_same_seed_finds_the_same(reach: Reach) -> None:
    again = find_reach(sample_character("a"), Painter(), QUICK, SEED)
    assert torch.equal(again.cells, reach.cells)


def test_the_character_is_unloaded_in_the_end(reach: Reach, painter: Painter) -> None:
    assert painter.loaded == set()


def test_a_character_without_a_transparent_place_is_soon_done() -> None:
    class Wall(Painter):
        def _shown(self, request: Request, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
            return x < 2

    wall = Wall()
    assert not find_reach(sample_character("a"), wall, QUICK).saves(0)
    assert len({request.pose.tobytes() for request in wall.drawn}) == 1


def test_a_grade_of_which_no_end_is_found_shows_everything() -> None:
    class Sky(Painter):
        """Far from rest, a star stands elsewhere at every pose."""

        def _shown(self, request: Request, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
            left, top = np.random.default_rng(abs(hash(request.pose.tobytes()))).uniform(-1, 1, 2)
            star = torch.hypot(x - left, y - top) < 0.02
            return star if grade_of(request.pose) else torch.hypot(x, y) < RADIUS

    found = find_reach(sample_character("a"), Sky(), Effort(40, 60))
    assert [found.saves(grade) for grade in (0, 1)] == [True, False]


def test_what_is_far_from_being_seen_does_not_count() -> None:
    faint = find_reach(sample_character("a"), Painter(0.1 / 255), QUICK)
    assert (faint.cells == 0).all()
    seen = find_reach(sample_character("a"), Painter(0.15 / 255), QUICK)
    assert (seen.cells == SHADES[0]).any()


def test_every_pose_that_is_drawn_is_told() -> None:
    told: list[int] = []
    painter = Painter()
    find_reach(sample_character("a"), painter, QUICK, on_pose=lambda: told.append(1))
    assert len(told) == len({request.pose.tobytes() for request in painter.drawn})
    assert {request.view for request in painter.drawn} == {View(256), View(128)}


@pytest.mark.parametrize("grade", range(WILD))
def test_poses_are_of_their_grade_up_to_its_limits(grade: int) -> None:
    poses = poses_of(grade, 2000, np.random.default_rng(1))
    assert poses.dtype == np.float32
    assert ((poses >= MINIMUM) & (poses <= MAXIMUM)).all()
    grades = [grade_of(pose) for pose in poses]
    assert max(grades) == grade
    assert np.mean(np.equal(grades, grade)) > 0.4
    turns, face = LIMITS[grade]
    assert np.abs(poses[:, FACE:TURNS]).sum(axis=1).max() > 0.99 * turns
    assert np.abs(poses[:, :FACE]).sum(axis=1).max() > 0.99 * face
    assert ((poses.max(axis=0) == MAXIMUM) & (poses.min(axis=0) == MINIMUM)).all()


def test_poses_are_the_same_for_the_same_seed() -> None:
    one, other = (poses_of(1, 50, np.random.default_rng(7)) for _ in range(2))
    assert (one == other).all()
