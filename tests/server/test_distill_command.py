import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from models.character import is_character, load_character, save_character
from models.distill.checkpoint import STATE
from models.distill.measure import Trial
from models.distill.recipe import DistillError
from models.distill.training import Training
from models.folders import BUILT_IN
from models.sample import sample_character
from server.cli import main
from server.distill_command import read_mask
from server.distill_watch import Watch

TINY = [
    "--examples",
    "4",
    "--batch",
    "2",
    "--tile",
    "16",
    "--pool",
    "2",
    "--fresh",
    "2",
    "--held-out",
    "1",
    "--device",
    "cpu",
]


@pytest.fixture
def white(tmp_path: Path) -> str:
    Image.new("L", (512, 512), 255).save(tmp_path / "mask.png")
    return str(tmp_path / "mask.png")


def test_a_student_is_taught_into_a_folder(
    tmp_path: Path, white: str, capsys: pytest.CaptureFixture[str]
) -> None:
    save_character(sample_character("ada"), tmp_path / "ada")
    out = tmp_path / "bob"
    assert main(["distill", str(tmp_path / "ada"), "-o", str(out), "--mask", white, *TINY]) == 0
    assert "step 2:" in capsys.readouterr().err
    assert torch.equal(load_character(out).picture, sample_character("ada").picture)
    assert load_character(out).name == "bob"
    said = json.loads((out / "progress.json").read_text())
    assert (said["finished"], said["step"], said["steps"], said["examples"]) == (True, 2, 2, 4)
    assert (said["phase"], said["remaining_seconds"]) == ("finished", 0)
    assert said["psnr"] > 0
    assert {"samples.png", "curves.svg"} < {file.name for file in out.iterdir()}


def test_a_picture_that_the_teacher_would_not_pose_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_character(sample_character("ada"), tmp_path / "ada")
    for own in (str(tmp_path / "ada"), "puppet:tsubaki"):
        command = ["distill", str(tmp_path / "mine.png"), "--teacher", own, "-o", str(tmp_path / "bob")]
        assert main([*command, *TINY]) != 0
        said = capsys.readouterr().err
        assert f"{own} teaches its own picture, and mine.png would not be used: only a full system" in said
    assert not is_character(tmp_path / "bob")


def test_a_run_ends_with_its_minutes(tmp_path: Path, white: str) -> None:
    save_character(sample_character("ada"), tmp_path / "ada")
    out = tmp_path / "bob"
    timed = ["--minutes", "0.02", "--name", "Bobby", *TINY[2:]]
    assert main(["distill", str(tmp_path / "ada"), "-o", str(out), "--mask", white, *timed]) == 0
    assert json.loads((out / "progress.json").read_text())["finished"]
    assert load_character(out).name == "Bobby"


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--minutes", "0"], "must be more than 0"),
        (["--minutes", "1", "--examples", "9"], "not by both"),
        (["--name", " "], "--name must have 1 to 100 characters"),
    ],
)
def test_minutes_and_names_that_make_no_sense_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], flags: list[str], sentence: str
) -> None:
    assert main(["distill", "puppet:minato", "-o", str(tmp_path / "out"), *flags]) == 2
    assert sentence in capsys.readouterr().err


def test_a_character_that_is_there_is_never_written_over(
    tmp_path: Path, white: str, capsys: pytest.CaptureFixture[str]
) -> None:
    save_character(sample_character("ada"), tmp_path / "ada")
    folder = str(tmp_path / "ada")
    assert main(["distill", folder, "-o", folder, "--mask", white, *TINY]) == 2
    assert "holds a character already" in capsys.readouterr().err
    assert torch.equal(load_character(tmp_path / "ada").picture, sample_character("ada").picture)


@pytest.mark.timeout(400)
def test_a_run_whose_power_is_cut_goes_on(tmp_path: Path, white: str) -> None:
    save_character(sample_character("ada"), tmp_path / "ada")
    out = tmp_path / "bob"
    flags = ["distill", str(tmp_path / "ada"), "-o", str(out), "--mask", white, *TINY[2:], "--every", "1"]
    with subprocess.Popen(
        [sys.executable, "-m", "server.cli", *flags, "--examples", "4000"], stderr=subprocess.DEVNULL
    ) as cut:
        until = time.monotonic() + 200
        while not is_character(out):
            assert time.monotonic() < until
            time.sleep(0.1)
        cut.kill()
    step = torch.load(out / STATE, weights_only=True)["step"]
    assert not json.loads((out / "progress.json").read_text())["finished"]
    (out / ".writing-left").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("server.distill_command.learn", lambda training, *_: training.step == step)
        assert main([*flags, "--examples", "4000"]) == 0
    assert not list(out.glob(".writing-*"))


def test_a_run_that_goes_on_has_the_curves_of_one_that_never_stopped(
    tmp_path: Path, white: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_character(sample_character("ada"), tmp_path / "ada")
    command = ["distill", str(tmp_path / "ada"), "--mask", white, *TINY, "--examples", "8", "--every", "1"]
    saved = Watch.saved

    def cut(watch: Watch, training: Training, tried: Sequence[Trial]) -> None:
        if training.step == 2:
            raise KeyboardInterrupt
        saved(watch, training, tried)

    assert main([*command, "-o", str(tmp_path / "whole")]) == 0
    with monkeypatch.context() as patch:
        patch.setattr(Watch, "saved", cut)
        assert main([*command, "-o", str(tmp_path / "cut")]) == 130
    assert main([*command, "-o", str(tmp_path / "cut")]) == 0
    curves = [(tmp_path / name / "curves.svg").read_text("utf-8") for name in ("whole", "cut")]
    assert curves[0] == curves[1]


def test_a_run_that_does_not_go_on_leaves_its_folder_as_it_was(
    tmp_path: Path, white: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, seed in (("ada", 1), ("eve", 2)):
        save_character(sample_character(name, seed), tmp_path / name)
    Image.new("L", (512, 512), 0).save(tmp_path / "black.png")
    out, ada = tmp_path / "bob", str(tmp_path / "ada")

    def command(teacher: str, mask: str, *more: str) -> list[str]:
        return ["distill", teacher, "-o", str(out), "--mask", mask, *TINY, "--every", "1", *more]

    with monkeypatch.context() as patch:
        patch.setattr(Watch, "saved", stopping)
        assert main(command(ada, white)) == 130
    assert (out / STATE).is_file()
    kept = {file.name: file.read_bytes() for file in out.iterdir()}
    capsys.readouterr()
    for other in (
        command(ada, white, "--seed", "1"),
        command(ada, white, "--examples", "8"),
        command(str(tmp_path / "eve"), white),
        command(ada, str(tmp_path / "black.png")),
    ):
        assert main(other) == 2
        assert "The folder holds an unfinished run of another" in capsys.readouterr().err
        assert {file.name: file.read_bytes() for file in out.iterdir()} == kept
    assert main(command(ada, white)) == 0


def stopping(*_: object) -> None:
    raise KeyboardInterrupt


def test_lessons_of_another_run_are_refused_before_the_teacher_is_read(
    tmp_path: Path, white: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    save_character(sample_character("ada"), tmp_path / "ada")
    command = ["distill", str(tmp_path / "ada"), "-o", str(tmp_path / "bob"), "--mask", white, *TINY]
    with monkeypatch.context() as patch:
        patch.setattr(Watch, "saved", stopping)
        assert main([*command, "--every", "1"]) == 130
    monkeypatch.setattr("server.distill_command.find_teacher", stopping)
    monkeypatch.setattr("server.distill_command.watching", stopping)
    assert main([*command, "--seed", "1"]) == 2


def test_examples_must_be_some(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["distill", "puppet:minato", "-o", str(tmp_path), *TINY, "--examples", "0"]) == 2
    assert "must be at least 1" in capsys.readouterr().err


def test_a_mask_is_the_face_of_a_whole_picture(tmp_path: Path) -> None:
    pixels = np.zeros((512, 512), np.uint8)
    pixels[80:100, 192:320] = 255
    Image.fromarray(pixels).save(tmp_path / "mask.png")
    mask = read_mask(tmp_path / "mask.png")
    assert mask.shape == (128, 128)
    assert float(mask.sum()) == 20 * 128 == float(mask[:20].sum())


def test_a_mask_of_another_size_is_refused(tmp_path: Path) -> None:
    Image.new("L", (128, 128)).save(tmp_path / "mask.png")
    with pytest.raises(DistillError, match="512 by 512"):
        read_mask(tmp_path / "mask.png")


def test_whose_flow_cannot_be_fitted_anew_is_told_before_the_run(
    tmp_path: Path, white: str, capsys: pytest.CaptureFixture[str]
) -> None:
    save_character(sample_character("ada"), tmp_path / "ada")
    for start, told in ((tmp_path / "ada", True), (BUILT_IN / "minato", False)):
        out = tmp_path / start.name / "out"
        command = ["distill", str(tmp_path / "ada"), "-o", str(out), "--mask", white, "--from", str(start)]
        assert main([*command, *TINY]) == 0
        assert ("comes sooner without --from" in capsys.readouterr().err) is told
