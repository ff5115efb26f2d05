"""What a pose asks of each organ."""

from models.pose import DEFAULT, NAMES, changed
from models.puppet.expression import expression_of


def test_at_rest_nothing_is_asked() -> None:
    it = expression_of(DEFAULT)
    assert it.brow_left.shares == it.eye_right.shares == (0,) * 6
    assert it.mouth.vowels == (0,) * 6 and it.mouth.corners == (0,) * 5


def test_every_facial_parameter_is_asked_for_and_no_other() -> None:
    rest = expression_of(DEFAULT)
    for index, name in enumerate(NAMES):
        assert (expression_of(changed(DEFAULT, {name: 1})) != rest) == (index < 39), name


def test_sides_are_the_characters_own() -> None:
    it = expression_of(changed(DEFAULT, {"eye_wink_left": 1, "eyebrow_angry_right": 0.5}))
    assert it.eye_left.shares[0] == 1 and it.eye_right.shares[0] == 0
    assert it.brow_right.shares[1] == 0.5 and it.brow_left.shares[1] == 0


def test_what_cannot_be_seen_apart_is_one_state() -> None:
    first, second = (changed(DEFAULT, {"mouth_aaa": value}) for value in (0.5, 0.5001))
    assert expression_of(first) == expression_of(second)
