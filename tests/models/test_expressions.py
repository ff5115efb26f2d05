from pathlib import Path

import pytest

from models.expressions import SHIPPED, read_expressions, save_expressions
from models.mixer import layer
from models.pose import PoseError


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_expression_is_a_pose_within_range(name: str) -> None:
    assert layer(SHIPPED[name]).add.any()
    assert all(0 <= value <= 1 for value in SHIPPED[name].values())


def test_saved_expressions_come_back_with_the_shipped_ones(tmp_path: Path) -> None:
    save_expressions({"shy": {"head_x": -0.5}, "wink": {"eye_wink_right": 1.0}}, tmp_path / "mine.json")
    found = read_expressions(tmp_path / "mine.json")
    assert found["shy"] == {"head_x": -0.5}
    assert found["wink"] == {"eye_wink_right": 1.0}
    assert found["happy"] == SHIPPED["happy"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "are not JSON"),
        ("[]", "must be a map"),
        ('{"shy": 3}', "must be a map"),
        ('{"shy": {"tail": 1}}', "no pose parameter named 'tail'"),
        ('{"shy": {"head_x": "far"}}', "head_x is not a finite number"),
    ],
)
def test_a_file_of_no_use_is_refused_in_a_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "mine.json"
    path.write_text(text)
    with pytest.raises(PoseError, match=sentence):
        read_expressions(path)


def test_a_file_that_is_not_there_is_refused_and_a_bad_expression_is_not_saved(tmp_path: Path) -> None:
    with pytest.raises(PoseError, match="cannot be read: No such file"):
        read_expressions(tmp_path / "none.json")
    with pytest.raises(PoseError, match="tail"):
        save_expressions({"shy": {"tail": 1.0}}, tmp_path / "mine.json")
    assert not (tmp_path / "mine.json").exists()
