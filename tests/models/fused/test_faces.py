"""Faces drawn lately keep their places, and the oldest give way."""

import pytest

from models.fused.faces import Faces


def test_a_face_is_drawn_once_however_often_it_is_named() -> None:
    faces = Faces(3)
    assert faces.places(["a", "b", "a"]) == ([0, 1, 0], [0, 1])
    assert faces.places(["b", "c"]) == ([1, 2], [1])
    assert faces.places(["a", "b", "c"]) == ([0, 1, 2], [])


def test_the_face_that_was_used_longest_ago_gives_way() -> None:
    faces = Faces(2)
    faces.places(["a", "b"])
    faces.places(["a"])
    assert faces.places(["c"]) == ([1], [0])
    assert faces.places(["a"]) == ([0], [])


def test_a_face_of_the_same_batch_never_gives_way() -> None:
    faces = Faces(2)
    faces.places(["a", "b"])
    assert faces.places(["c", "a"]) == ([1, 0], [0])
    with pytest.raises(ValueError, match="more faces than places"):
        faces.places(["a", "b", "c"])


def test_what_is_forgotten_is_drawn_again() -> None:
    faces = Faces(2)
    faces.places(["a"])
    faces.forget()
    assert faces.places(["a"])[1] == [0]
