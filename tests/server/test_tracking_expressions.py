from pathlib import Path

import pytest

from models.mixer import CLEAR
from models.pose import DEFAULT, INDEX, PoseError
from server.protocol import Expression, ProtocolError
from server.tracking_expressions import Expressions


def test_an_expression_is_had_by_name_by_values_or_by_both() -> None:
    known = Expressions("")
    named = known.layer(Expression(name="angry")).over(DEFAULT)
    assert named[INDEX["eyebrow_angry_left"]] == 1.0
    assert known.layer(Expression(values={"head_x": 0.5})).over(DEFAULT)[INDEX["head_x"]] == 0.5
    both = known.layer(Expression(name="angry", values={"eyebrow_angry_left": 0.25})).over(DEFAULT)
    assert both[INDEX["eyebrow_angry_left"]] == 0.25
    assert both[INDEX["eyebrow_angry_right"]] == 1.0


def test_neither_name_nor_values_takes_the_expression_away() -> None:
    assert Expressions("").layer(Expression()) is CLEAR


def test_an_unknown_name_is_the_clients_mistake() -> None:
    with pytest.raises(ProtocolError, match="There is no such expression; there are angry, happy") as caught:
        Expressions("").layer(Expression(name="bored"))
    assert (caught.value.code, caught.value.close) == ("bad_message", None)


def test_an_operators_file_adds_expressions_and_one_of_no_use_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text('{"bored": {"eye_unimpressed_left": 1}}')
    bored = Expressions(str(path)).layer(Expression(name="bored")).over(DEFAULT)
    assert bored[INDEX["eye_unimpressed_left"]] == 1.0
    with pytest.raises(PoseError, match="cannot be read"):
        Expressions(str(tmp_path / "none.json"))
