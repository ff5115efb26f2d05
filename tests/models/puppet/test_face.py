"""The organs as pixels."""

import pytest
import torch

from models.pose import DEFAULT, changed
from models.puppet.description import Description, Face
from models.puppet.drawing import Window
from models.puppet.expression import expression_of
from models.puppet.face import draw_organs
from models.puppet.layers import Layer
from models.puppet.rig import move_face

IT = Description(name="It")


def test_organs_fill_the_face_region_and_leave_its_skin_bare() -> None:
    alpha = draw_organs(IT, expression_of(DEFAULT)).all.pixels[3]
    assert alpha.shape == (256, 256)
    assert 0.05 < float((alpha > 0).float().mean()) < 0.35


def test_no_organ_is_cut_by_its_window() -> None:
    wild = dict.fromkeys(
        ("eyebrow_raised_left", "eyebrow_raised_right", "eye_surprised_left", "mouth_aaa"), 1
    )
    for values in ({}, wild, {"eye_happy_wink_left": 1.0, "mouth_iii": 1.0, "mouth_raised_corner_left": 1.0}):
        alpha = draw_organs(IT, expression_of(changed(DEFAULT, values))).all.pixels[3]
        assert float(alpha[[0, -1]].max()) == 0 and float(alpha[:, [0, -1]].max()) == 0
        # Between the eyes, where the windows of both sides meet, and under the mouth.
        assert float(alpha[:, 127:129][:150].max()) == 0 and float(alpha[236:].max()) == 0


def test_a_longer_chin_takes_the_mouth_along() -> None:
    def row(chin: float) -> float:
        it = Description("It", face=Face(chin=chin))
        alpha = draw_organs(it, expression_of(changed(DEFAULT, {"mouth_aaa": 1}))).all.pixels[3, 160:]
        return float((alpha.sum(1) * torch.arange(96)).sum() / alpha.sum())

    # Half of 4 picture units, in half pixels.
    assert row(1.1) - row(1.0) == pytest.approx(4, abs=0.3)


def test_the_head_is_not_changed_by_organs_laid_upon_it() -> None:
    head = Layer(torch.zeros(4, 288, 256), Window(192, 64, 128, 144), move_face)
    organs = draw_organs(IT, expression_of(DEFAULT))
    assert torch.equal(organs.upon(head).pixels[:, 32:], organs.all.pixels)
    assert float(head.pixels.abs().max()) == 0


def test_brows_show_through_by_less_than_half() -> None:
    assert 0.3 < float(draw_organs(IT, expression_of(DEFAULT)).veil().pixels[3].max()) < 0.5
