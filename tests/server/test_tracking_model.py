import argparse
import hashlib
import sys
from pathlib import Path

import pytest

from server import face_model_command
from server.tracking_model import ADDRESS, NAME, ModelError, fetch, find_model


def test_a_chosen_model_is_taken_and_one_that_is_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "m.task").write_bytes(b"m")
    assert find_model(str(tmp_path / "m.task")) == tmp_path / "m.task"
    with pytest.raises(ModelError, match=r"There is no face model at .*none\.task"):
        find_model(str(tmp_path / "none.task"))


def test_without_a_model_the_sentence_says_how_to_get_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.tracking_model.cache_folder", lambda: tmp_path)
    with pytest.raises(ModelError, match="`bunraku face-model`"):
        find_model("")
    (tmp_path / NAME).write_bytes(b"m")
    assert find_model("") == tmp_path / NAME


def test_a_model_is_fetched_once_and_shows_its_progress(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"m" * 100_000)
    sha256 = hashlib.sha256(source.read_bytes()).hexdigest()
    told: list[tuple[int, int | None]] = []
    path = fetch(tmp_path / "cache", lambda *now: told.append(now), source.as_uri(), sha256)
    assert path.read_bytes() == source.read_bytes()
    assert told == [(65536, 100_000), (100_000, 100_000)]
    source.unlink()
    assert fetch(tmp_path / "cache", lambda *_: None, source.as_uri(), sha256) == path


def test_a_model_with_another_checksum_is_not_kept(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"not a model")
    with pytest.raises(ModelError, match="its checksum differs"):
        fetch(tmp_path / "cache", lambda *_: None, source.as_uri())
    assert list((tmp_path / "cache").iterdir()) == []


def test_an_address_that_does_not_answer_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be fetched from file:"):
        fetch(tmp_path / "cache", lambda *_: None, (tmp_path / "none").as_uri())


def test_the_command_says_where_the_model_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[str] = []

    def fetched(folder: Path, progress: object, address: str) -> Path:
        asked.append(address)
        return folder / NAME

    monkeypatch.setattr(face_model_command, "fetch", fetched)
    parser = argparse.ArgumentParser()
    face_model_command.add(parser)
    options = parser.parse_args(["--folder", str(tmp_path)])
    options.run(options)
    assert capsys.readouterr().out == f"{tmp_path / NAME}\n"
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    options.run(options)
    face_model_command._show(1 << 20, 2 << 20)
    assert "[====================                    ] 1.0 MiB" in capsys.readouterr().err
    assert set(asked) == {ADDRESS}


def test_a_model_that_is_here_already_can_be_taken(tmp_path: Path) -> None:
    (tmp_path / "mine.task").write_bytes(b"not a model")
    parser = argparse.ArgumentParser()
    face_model_command.add(parser)
    for source, sentence in ((tmp_path / "mine.task", "checksum differs"), ("none.task", "unknown url type")):
        options = parser.parse_args(["--folder", str(tmp_path / "cache"), "--from", str(source)])
        with pytest.raises(ModelError, match=sentence):
            options.run(options)
