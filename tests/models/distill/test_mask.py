import torch

from models.distill.mask import movable
from models.teachers.teacher import Teacher


def test_the_mask_is_where_an_expression_changes_the_face_and_seven_pixels_around(teacher: Teacher) -> None:
    mask = movable(teacher, count=12)
    expected = torch.zeros(128, 128)
    expected[73:119, 41:87] = 1
    assert torch.equal(mask, expected)
