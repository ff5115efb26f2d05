"""A puppet gives what a teacher gives."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from models.pose import DEFAULT, INDEX, NAMES, PARAMETERS, Pose, changed, from_values
from models.puppet.puppet import Puppet
from models.regions import FACE_BOX, whole

FACIAL = [name for name in NAMES if INDEX[name] < 39]
BODILY = [name for name in NAMES if INDEX[name] >= 39]
LEFT, TOP, RIGHT, BOTTOM = FACE_BOX
# The whole of two opposite colours is 2 in network space.
SEEN = 0.15


def at(**values: float) -> Pose:
    return changed(DEFAULT, values)


def difference(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """The greatest change of any channel at each pixel, (512, 512)."""
    return (first - second).abs().amax(0)


def middle_of(change: torch.Tensor) -> tuple[float, float]:
    """The column and the row of a change's centre of mass."""
    columns, rows = torch.arange(512) + 0.5, torch.arange(512)[:, None] + 0.5
    return float((change * columns).sum() / change.sum()), float((change * rows).sum() / change.sum())


@pytest.mark.parametrize("name", ["tsubaki", "minato"])
def test_the_picture_keeps_what_is_asked_of_characters(name: str, request: pytest.FixtureRequest) -> None:
    picture = request.getfixturevalue(name).picture
    alpha = (picture[3] + 1) / 2
    assert picture.shape == (4, 512, 512) and picture.dtype == torch.float32
    assert picture.min() >= -1 and picture.max() <= 1 + 1e-5
    assert alpha[:24].max() == 0 and alpha[:, :130].max() == 0 and alpha[:, 382:].max() == 0
    assert alpha[511, 200:312].max() == 1  # cut by the bottom edge, and by no other
    head = alpha[64:192, 192:320]
    assert head[:, 56:72].mean() > 0.99 and alpha[64:186, 230:282].min() > 0.99
    assert (picture[:3] + 1).max() / 2 <= 1 and bool(((picture[:3] + 1) / 2 <= alpha + 1e-4).all())


def test_at_rest_everything_is_the_picture(tsubaki: Puppet) -> None:
    picture, posed = tsubaki.picture, tsubaki.pose(DEFAULT)
    assert torch.equal(posed.rest, picture)
    assert float(difference(posed.posed, picture).max()) < 1e-3
    assert float(posed.flow.abs().max()) < 1e-6


def test_the_face_is_the_face_region_of_the_rest_picture(tsubaki: Puppet) -> None:
    posed = tsubaki.pose(at(mouth_aaa=1, head_y=1))
    assert torch.equal(posed.face, posed.rest[:, TOP:BOTTOM, LEFT:RIGHT])
    assert posed.face.shape == (4, 128, 128)


@pytest.mark.parametrize("name", FACIAL)
def test_every_facial_parameter_is_seen_inside_the_face_region_alone(name: str, tsubaki: Puppet) -> None:
    change = difference(tsubaki.pose(at(**{name: 1})).rest, tsubaki.picture)
    assert int((change > SEEN).sum()) > 20
    change[TOP:BOTTOM, LEFT:RIGHT] = 0
    assert float(change.max()) == 0


@pytest.mark.parametrize("name", [name for name in FACIAL if name.endswith(("_left", "_right"))])
def test_a_side_is_the_characters_own(name: str, tsubaki: Puppet) -> None:
    column, _ = middle_of(difference(tsubaki.pose(at(**{name: 1})).rest, tsubaki.picture))
    assert column > 256 if name.endswith("_left") else column < 256


def test_organs_lie_where_they_belong(tsubaki: Puppet) -> None:
    rows = [
        middle_of(difference(tsubaki.pose(at(**{name: 1})).rest, tsubaki.picture))[1]
        for name in ("eyebrow_raised_left", "eye_wink_left", "mouth_aaa")
    ]
    assert 100 < rows[0] < 130 < rows[1] < 160 < rows[2] < 190


@pytest.mark.parametrize("name", BODILY)
def test_every_body_parameter_moves_the_picture_and_not_the_organs(name: str, tsubaki: Puppet) -> None:
    for value in {PARAMETERS[INDEX[name]].minimum, PARAMETERS[INDEX[name]].maximum} - {0}:
        posed = tsubaki.pose(at(**{name: value}))
        assert torch.equal(posed.rest, tsubaki.picture)
        assert int((difference(posed.posed, tsubaki.picture) > SEEN).sum()) > 2000


@pytest.mark.parametrize(
    ("name", "to_left", "upward"),
    [("head_y", True, None), ("body_y", True, None), ("neck_z", True, None), ("body_z", True, None),
     ("head_x", None, True), ("breathing", None, True)],
)  # fmt: skip
def test_the_nose_goes_where_the_parameter_says(
    name: str, to_left: bool | None, upward: bool | None, tsubaki: Puppet
) -> None:
    # Backward flow at the nose: positive where the pixel comes from the right, or from below.
    dx, dy = tsubaki.pose(at(**{name: 1})).flow[:, 160, 256].tolist()
    assert to_left is None or dx > 0.01
    assert upward is None or dy > 0.005


def test_the_irises_look_up_and_to_the_left(tsubaki: Puppet) -> None:
    def dark(pose: Pose) -> tuple[float, float]:
        eye = tsubaki.pose(pose).rest[:3, 138:164, 266:292].mean(0)
        weight = (eye < -0.93).float()
        columns, rows = torch.arange(26.0), torch.arange(26.0)[:, None]
        return float((weight * columns).sum() / weight.sum()), float((weight * rows).sum() / weight.sum())

    column, row = dark(DEFAULT)
    assert dark(at(iris_rotation_y=1))[0] < column - 1
    assert dark(at(iris_rotation_x=-1))[1] > row + 1


def test_posed_is_the_rest_picture_under_the_flow(tsubaki: Puppet) -> None:
    posed = tsubaki.pose(at(head_y=0.7, neck_z=-0.5, body_z=0.6, mouth_ooo=1))
    grid = (posed.flow + whole(512).positions(torch.device("cpu"))).permute(1, 2, 0)[None]
    again = F.grid_sample(posed.rest[None], grid, padding_mode="border", align_corners=False)[0]
    assert torch.allclose(posed.posed, again, atol=1e-5)


def test_nothing_folds_over_and_no_edge_tears(tsubaki: Puppet, minato: Puppet) -> None:
    extremes = dict.fromkeys(BODILY, 1.0) | {"head_y": -1.0}
    for puppet in (tsubaki, minato):
        for values in (extremes, {"head_x": -1.0}, {"head_y": 1.0}, {"neck_z": 1.0, "head_y": -1.0}):
            flow = puppet.pose(at(**values)).flow * 256
            across, down = flow.diff(dim=2)[:, :-1], flow.diff(dim=1)[:, :, :-1]
            area = (1 + across[0]) * (1 + down[1]) - across[1] * down[0]
            assert float(area.min()) > 0.3 and float(area.max()) < 3


def test_the_flow_is_smooth_where_nothing_is_drawn(tsubaki: Puppet) -> None:
    posed = tsubaki.pose(at(head_y=1, body_z=1))
    corner = posed.flow[:, :20, :100]
    assert float(corner.abs().max()) > 0.01
    assert float(corner.diff(dim=1).abs().max()) < 0.01 and float(corner.diff(dim=2).abs().max()) < 0.01


def test_small_changes_of_the_pose_make_small_changes_of_the_picture(tsubaki: Puppet) -> None:
    rough = np.random.default_rng(3)
    for _ in range(3):
        start = rough.uniform(0.1, 0.9, 45)
        near = tsubaki.pose(from_values(start + 0.01)).posed - tsubaki.pose(from_values(start)).posed
        far = tsubaki.pose(from_values(start * 0.2)).posed - tsubaki.pose(from_values(start)).posed
        assert 0 < float(near.abs().mean()) < 0.02
        assert float(near.abs().mean()) < 0.5 * float(far.abs().mean())


def test_extremes_together_stay_inside_the_picture(tsubaki: Puppet) -> None:
    for sign in (-1, 1):
        values = dict.fromkeys(BODILY, float(sign)) | {"breathing": 1.0}
        alpha = (tsubaki.pose(at(**values)).posed[3] + 1) / 2
        assert float(alpha[0].max()) == 0 and float(alpha[:, [0, 511]].max()) == 0
        assert float(alpha.sum()) > 0.8 * float((tsubaki.picture[3] + 1).sum() / 2)


def test_the_two_that_are_shipped_look_different(tsubaki: Puppet, minato: Puppet) -> None:
    change = difference(tsubaki.picture, minato.picture)
    assert int((change > 0.3).sum()) > 0.5 * int((tsubaki.picture[3] > 0).sum())
