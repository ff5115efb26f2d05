"""The made-up character is a proper one."""

import torch

from models.pictures import to_display
from models.sample import sample_character
from models.student import body_shapes, face_shapes


def test_a_sample_has_the_shapes_of_a_student() -> None:
    sample = sample_character("a")
    assert {key: tuple(value.shape) for key, value in sample.face.items()} == face_shapes()
    assert {key: tuple(value.shape) for key, value in sample.body.items()} == body_shapes()


def test_a_samples_picture_has_clear_solid_and_soft_pixels() -> None:
    alpha = to_display(sample_character("a").picture[None])[..., 3]
    assert {0, 255} < set(alpha.flatten().tolist())


def test_samples_are_alike_by_seed_and_not_otherwise() -> None:
    one, again, other = sample_character("a", 1), sample_character("b", 1), sample_character("c", 2)
    assert torch.equal(one.picture, again.picture)
    assert not torch.equal(one.picture, other.picture)
    assert not torch.equal(one.body["last_linear.weight"], other.body["last_linear.weight"])
