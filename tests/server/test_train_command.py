import os
import signal
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import safetensors.torch
import torch

from models.ablations import VanillaSiren
from models.character import save_character
from models.likeness import Likeness
from models.sample import sample_character
from models.teachers.files import read_network
from models.teachers.rotators import BodyMorpher
from models.teachers.unet import UNetSizes
from models.training import training
from models.training.ablation import Ablation
from models.training.course import COURSES, HALF_ROTATOR, Course
from models.training.training import Training
from models.training.triples import read_folder
from server.cli import main

THIN = UNetSizes(4, 7, 6, 32, (1, 1))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data") / "set"
    assert main(["train", "dataset", "-o", str(folder), "--puppets", "1", "--each", "2"]) == 0
    return folder


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thin network and small pictures, in place of the released sizes."""

    def drawn(_: Course, seed: int) -> torch.nn.Module:
        torch.manual_seed(seed)
        return BodyMorpher(THIN)

    monkeypatch.setattr(training, "drawn", drawn)
    monkeypatch.setitem(COURSES, "body_morpher", replace(HALF_ROTATOR, size=16))


def trained(data: Path, out: Path, *more: str) -> int:
    tiny = ["--examples", "10", "--batch", "5", "--no-perceptual", "--device", "cpu", "--threads", "1"]
    return main(["train", "body_morpher", "--data", str(data), "-o", str(out), *tiny, *more])


def weights(folder: Path) -> Mapping[str, torch.Tensor]:
    return read_network(lambda: BodyMorpher(THIN), folder / "body_morpher.pt").state_dict()


def test_a_set_is_drawn(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(read_folder(data)) == 2
    assert main(["train", "dataset", "-o", str(data)]) == 2
    assert "holds examples already" in capsys.readouterr().err


@pytest.mark.usefixtures("small")
def test_a_run_that_is_interrupted_goes_on_to_the_same_bits(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert trained(data, tmp_path / "whole", "--held-out", str(data), "--count", "1") == 0
    assert "step 2: mean" in capsys.readouterr().err
    learn = Training.learn

    def interrupted(self: Training) -> dict[str, float]:
        os.kill(os.getpid(), signal.SIGINT)
        return learn(self)

    with monkeypatch.context() as patch:
        patch.setattr(Training, "learn", interrupted)
        assert trained(data, tmp_path / "cut") == 130
    assert "body_morpher.training holds the run" in capsys.readouterr().err.replace("\n", "")
    assert trained(data, tmp_path / "cut") == 0
    whole, cut = weights(tmp_path / "whole"), weights(tmp_path / "cut")
    assert all(torch.equal(value, cut[key]) for key, value in whole.items())


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--examples", "3"], "3 examples are too few"),
        (["--batch", "0"], "--batch, --every and --threads must be at least 1"),
        (["--data", "nowhere"], "nowhere holds no triples.jsonl"),
        (["--half-rotator", "nowhere.pt"], "nowhere.pt cannot be read"),
    ],
)
def test_what_cannot_be_trained_is_one_sentence(
    flags: list[str], sentence: str, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert trained(data, tmp_path / "out", *flags) == 2
    assert sentence in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_perceptual_losses_need_vgg(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "upscaler", "--data", str(data), "-o", str(tmp_path), "--device", "cpu"]) == 2
    assert "upscaler is trained with a perceptual loss: name VGG16's weights" in capsys.readouterr().err


def test_a_system_is_measured_beside_the_papers_figures(
    data: Path, system_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = ["--data", str(data), "--count", "1", "--device", "cpu"]
    assert main(["train", "measure", str(system_folder), *flags]) == 0
    ours, paper = capsys.readouterr().out.splitlines()
    assert ours.startswith("mean ") and ours.endswith("LPIPS not measured: it needs --vgg.")
    assert paper == "THA3 in the paper, on its own pictures: 22.37 dB, SSIM 0.9094, LPIPS 0.0480."


def test_an_ablation_is_taught_measured_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def measured(_: Ablation, count: int) -> Likeness:
        return Likeness(31.0, 20.0 + count, 0.9)

    monkeypatch.setattr(Ablation, "measured", measured)
    save_character(sample_character("ada"), tmp_path / "ada")
    out = tmp_path / "vanilla.safetensors"
    flags = ["--examples", "2", "--batch", "1", "--tile", "16", "--count", "1", "--device", "cpu"]
    teacher = ["--teacher", str(tmp_path / "ada")]
    assert main(["train", "ablation", "vanilla", *teacher, "-o", str(out), *flags]) == 0
    told = capsys.readouterr().out
    assert told == (
        "vanilla after 2 examples: mean 31.00 dB, worst 21.00 dB, SSIM 0.9000 over 1 poses."
        " The paper's student: 38.9 dB after 1500000.\n"
    )
    VanillaSiren().load_state_dict(safetensors.torch.load_file(out))
    assert main(["train", "ablation", "vanilla", *teacher, *flags, "--count", "0"]) == 2
