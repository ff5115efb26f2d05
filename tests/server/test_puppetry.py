"""The `bunraku puppet` commands, from the words typed to the files written."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models.pictures import read_picture
from models.pose import DEFAULT
from models.puppet.description import read_description
from server.cli import main


def test_a_new_description_is_written_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "ume.toml"
    assert main(["puppet", "new", "Ume", "-o", str(path), "--seed", "4"]) == 0
    assert read_description(path).name == "Ume"
    before = path.read_text()
    assert main(["puppet", "new", "Ume", "-o", str(path), "--seed", "5"]) == 2
    assert "cannot be written: File exists." in capsys.readouterr().err
    assert path.read_text() == before


def test_a_picture_is_a_characters_picture(tmp_path: Path) -> None:
    path = tmp_path / "character.png"
    assert main(["puppet", "picture", "minato", "-o", str(path)]) == 0
    assert float(read_picture(path)[3].max()) == 1


def test_poses_are_rendered_into_a_file(tmp_path: Path) -> None:
    poses, out = tmp_path / "poses.npy", tmp_path / "out.webp"
    turned = DEFAULT.copy()
    turned[40] = 1
    np.save(poses, np.stack([DEFAULT, turned]))
    assert main(["puppet", "render", "tsubaki", "--poses", str(poses), "-o", str(out), "--size", "128"]) == 0
    with Image.open(out) as film:
        assert film.size == (128, 128) and film.n_frames == 2  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["picture", "nobody", "-o", "x.png"], "There is no puppet 'nobody'"),
        (["sheet", "tsubaki", "-o", "x.gif"], "x.gif must end in .png."),
        (["new", "", "-o", "x.toml"], "1 to 100 characters"),
        (["picture", "tsubaki", "-o", "nowhere/x.png"], "cannot be written: No such file or directory."),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["puppet", *words]) == 2
    said = capsys.readouterr().err
    assert sentence in said and said.count("\n") == 1
