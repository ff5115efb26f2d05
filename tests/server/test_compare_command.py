import json
from pathlib import Path

import numpy as np
import pytest
import torch

from models.character import save_character
from models.pictures import write_picture
from models.sample import sample_character
from models.vgg import Vgg
from server.cli import main


@pytest.fixture
def ada(tmp_path: Path) -> str:
    save_character(sample_character("ada"), tmp_path / "ada")
    return str(tmp_path / "ada")


@pytest.fixture
def frames(tmp_path: Path) -> tuple[str, str]:
    grey = np.zeros((2, 4, 32, 32), np.float16)
    grey[:, 3] = 1
    lighter = grey.copy()
    lighter[1, :3] = 0.5
    for name, run in (("one", grey), ("other", lighter)):
        np.savez(tmp_path / f"{name}.npz", frames=run)
    return str(tmp_path / "one.npz"), str(tmp_path / "other.npz")


def test_a_run_is_like_itself(ada: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", ada, ada, "--count", "1", "--device", "cpu"]) == 0
    said, _, rest = capsys.readouterr().out.partition(", LPIPS")
    assert rest == " not measured: it needs --vgg.\n"
    same, _, ssim = said.rpartition(" ")
    assert same == "1 poses: mean inf dB, worst inf dB, SSIM"
    assert float(ssim) == pytest.approx(1, abs=2e-4)


def test_a_picture_is_for_the_run_that_is_a_full_systems(
    ada: str, system_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_picture(sample_character("ada").picture, tmp_path / "ada.png")
    flags = ["--image", str(tmp_path / "ada.png"), "--count", "1", "--device", "cpu"]
    assert main(["compare", ada, str(system_folder), *flags]) == 0
    assert capsys.readouterr().out.startswith("1 poses: mean ")


def test_two_files_are_compared_and_lpips_where_vgg_is_at_hand(
    frames: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.manual_seed(0)
    torch.save(Vgg(5).state_dict(), tmp_path / "vgg.pth")
    flags = ["--count", "2", "--json", "--vgg", str(tmp_path / "vgg.pth")]
    assert main(["compare", *frames, *flags]) == 0
    found = json.loads(capsys.readouterr().out)
    # Linear light 0.5 is 188 of 255 in sRGB, and 0.75 is 225.
    assert found["poses"] == 2
    assert found["worst_psnr"] == pytest.approx(20 * np.log10(255 / (225 - 188)), abs=0.01)
    assert found["psnr"] is None  # of two equal pictures and two others: no finite mean
    assert found["lpips"] > 0


def test_recorded_poses_are_taken_evenly(
    frames: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.savez(tmp_path / "poses.npz", poses=np.zeros((10, 45), np.float32))
    flags = ["--poses", str(tmp_path / "poses.npz"), "--count", "2"]
    assert main(["compare", *frames, *flags]) == 0
    assert capsys.readouterr().out.startswith("2 poses:")


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--count", "0"], "--count must be at least 1"),
        (["--count", "5"], "holds 2 frames, and there are 5 poses"),
    ],
)
def test_what_cannot_be_compared_is_one_sentence(
    flags: list[str], sentence: str, frames: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", *frames, *flags]) == 2
    assert sentence in capsys.readouterr().err
