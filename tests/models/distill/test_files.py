import json
from pathlib import Path

import pytest

from models.distill.files import write, write_json
from models.distill.recipe import DistillError


def test_a_file_is_replaced_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "new" / "one.json"
    write(path, b"old")
    write_json(path, {"psnr": None})
    assert json.loads(path.read_text()) == {"psnr": None}
    assert list(path.parent.iterdir()) == [path]


def test_a_place_that_cannot_be_written_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DistillError, match=r"one.json cannot be written: .*\.$"):
        write(tmp_path / "file" / "one.json", b"")
