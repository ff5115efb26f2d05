import re
from pathlib import Path

import pytest

from models.character import save_character
from models.sample import sample_character
from server.cli import main


@pytest.fixture
def ada(tmp_path: Path) -> str:
    save_character(sample_character("ada"), tmp_path / "ada")
    return str(tmp_path / "ada")


def test_a_student_is_measured_and_reported(
    ada: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "report.html"
    flags = ["--teacher", ada, "--count", "1", "--device", "cpu", "-o", str(output)]
    assert main(["evaluate", ada, *flags]) == 0
    assert capsys.readouterr().out.startswith("1 poses: mean inf dB")
    assert "<h1>Sample 0 against its teacher</h1>" in output.read_text("utf-8")


def test_a_picture_that_the_teacher_would_not_pose_is_refused(
    ada: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for own in (ada, "puppet:tsubaki"):
        assert main(["evaluate", ada, "--teacher", own, "--image", "mine.png", "--count", "1"]) == 2
        said = capsys.readouterr().err
        assert f"{own} teaches its own picture, and mine.png would not be used: only a full system" in said


def test_another_ending_is_refused(ada: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", ada, "--teacher", ada, "-o", "report.pdf"]) == 2
    assert "report.pdf must end in .html or .png." in capsys.readouterr().err


def test_a_report_without_a_place_is_refused_before_anything_is_drawn(
    ada: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", ada, "--teacher", ada, "-o", "/nowhere/report.html"]) == 2
    assert "There is no folder /nowhere to write report.html into." in capsys.readouterr().err


def test_the_quick_engine_measures_the_same_but_for_what_it_rounds(
    ada: str, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = ["--teacher", ada, "--count", "1", "--device", "cpu", "--engine", "auto"]
    assert main(["evaluate", ada, *flags]) == 0
    said = re.match(r"1 poses: mean ([\d.]+) dB", capsys.readouterr().out)
    assert said is not None and float(said[1]) > 60
