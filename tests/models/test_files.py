import os
from pathlib import Path

import pytest

from models.files import read_bounded, replacing


def test_a_file_is_replaced_when_all_is_written_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "one.png"
    path.write_text("old")
    with replacing(path) as part:
        part.write_text("new")
        assert (part.parent, part.suffix, path.read_text()) == (tmp_path, ".png", "old")
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_not_finished_leaves_the_old_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "one.png"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), replacing(path) as part:
        part.write_text("half")
        _ = 1 / 0
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_two_who_write_the_same_file_do_not_meet(tmp_path: Path) -> None:
    path = tmp_path / "one"
    with replacing(path) as first, replacing(path) as second:
        first.write_text("first")
        second.write_text("second")
    assert path.read_text() == "first"


@pytest.mark.parametrize("durable", [True, False])
def test_only_what_must_outlive_a_power_cut_waits_for_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, durable: bool
) -> None:
    path, waited = tmp_path / "one", []
    monkeypatch.setattr(os, "fsync", lambda _: waited.append(path.exists()))
    with replacing(path, durable=durable) as part:
        part.write_text("new")
    assert waited == [False] * durable


def test_a_file_is_read_up_to_a_limit(tmp_path: Path) -> None:
    path = tmp_path / "one"
    path.write_bytes(bytes(2**20))
    assert len(read_bounded(path, 2**20, LookupError)) == 2**20
    path.write_bytes(bytes(2**20 + 1))
    with pytest.raises(LookupError, match=r"^one is larger than 1 MB\.$"):
        read_bounded(path, 2**20, LookupError)
    with pytest.raises(LookupError, match=r"^two cannot be read: No such file or directory\.$"):
        read_bounded(tmp_path / "two", 2**20, LookupError)
