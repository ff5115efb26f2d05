from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models.pictures import read_picture
from server.cli import main


@pytest.fixture
def drawing(tmp_path: Path) -> Path:
    pixels = np.zeros((300, 200, 4), np.uint8)
    pixels[40:, 50:150] = (90, 120, 200, 255)
    Image.fromarray(pixels).save(tmp_path / "drawing.png")
    return tmp_path / "drawing.png"


def test_it_writes_a_picture_that_a_character_can_have(
    drawing: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.png"
    assert main(["prepare", str(drawing), "-o", str(out), "--head", "100,80,70"]) == 0
    assert read_picture(out).shape == (4, 512, 512)
    said = capsys.readouterr().out
    assert "  The picture, 200 by 300, was scaled to 183%" in said
    assert "! The head is only 70 pixels large" in said


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["-o", "out.jpg"], "out.jpg must end in .png."),
        (["-o", "out.png", "--head", "a,b"], "The head 'a,b' must be three numbers: x,y,size."),
        (["-o", "absent/out.png"], "absent/out.png cannot be written: No such file or directory."),
    ],
)
def test_mistakes_are_one_sentence(
    drawing: Path,
    arguments: list[str],
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(drawing.parent)
    assert main(["prepare", drawing.name, *arguments]) == 2
    assert capsys.readouterr().err == f"bunraku: {sentence}\n"
