import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models.character import load_character
from models.engine import Engine
from models.engines import build_engine
from models.folders import BUILT_IN
from models.pose import DEFAULT
from server.cli import main


@pytest.fixture
def poses(tmp_path: Path) -> Path:
    array = np.tile(DEFAULT, (3, 1))
    array[:, 39] = (-1, 0, 1)
    np.savez(tmp_path / "poses.npz", poses=array)
    return tmp_path / "poses.npz"


def test_poses_are_rendered_into_frames(sample_folder: Path, poses: Path, tmp_path: Path) -> None:
    out = tmp_path / "frames.npz"
    arguments = ["render", str(sample_folder / "ada"), "--poses", str(poses), "-o", str(out), "--size", "128"]
    assert main(arguments) == 0
    frames = np.load(out)["frames"]
    assert (frames.shape, frames.dtype) == ((3, 4, 128, 128), np.float16)
    assert np.abs(frames[0] - frames[2]).max() > 0.01


def test_a_crop_over_a_background_is_rendered_into_a_sheet(
    sample_folder: Path, poses: Path, tmp_path: Path
) -> None:
    out = tmp_path / "sheet.png"
    arguments = [
        *("render", str(sample_folder / "ada"), "--poses", str(poses), "-o", str(out), "--size", "256"),
        *("--crop", "192, 80, 128, 128", "--background", "#204060", "--columns", "3", "--engine", "folded"),
    ]
    assert main(arguments) == 0
    with Image.open(out) as sheet:
        assert sheet.size == (3 * 64, 64)
        assert np.asarray(sheet.convert("RGBA"))[..., 3].min() == 255


def test_a_picture_is_rendered_by_a_full_system(
    sample_folder: Path, system_folder: Path, poses: Path, tmp_path: Path
) -> None:
    out = tmp_path / "frames.npz"
    picture = sample_folder / "ada" / "character.png"
    arguments = [
        "--teacher",
        str(system_folder),
        "--image",
        str(picture),
        "--poses",
        str(poses),
        "-o",
        str(out),
    ]
    assert main(["render", *arguments, "--size", "128"]) == 0
    frames = np.load(out)["frames"]
    assert frames.shape == (3, 4, 128, 128)
    assert np.abs(frames[0] - frames[2]).max() > 0.01


def test_a_puppet_is_rendered_like_any_character(poses: Path, tmp_path: Path) -> None:
    folder, out = tmp_path / "doll", tmp_path / "frames.npz"
    folder.mkdir()
    shutil.copy(BUILT_IN / "tsubaki" / "puppet.toml", folder)
    arguments = ["--poses", str(poses), "-o", str(out), "--size", "128"]
    assert main(["render", str(folder), *arguments]) == 0
    assert np.load(out)["frames"][0, 3].max() > 0.9


def test_it_is_either_a_character_or_a_picture_with_a_teacher(
    sample_folder: Path, poses: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for named in ([], [str(sample_folder / "ada"), "--teacher", "x"], ["--image", "x.png"]):
        assert main(["render", *named, "--poses", str(poses), "-o", "x.npz"]) == 2
        assert capsys.readouterr().err == "bunraku: Name either a CHARACTER, or a --teacher and an --image.\n"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"--crop": "1,2,3"}, "x,y,width,height"),
        ({"--crop": "500,0,100,100"}, "crop"),
        ({"--background": "red"}, "#rrggbb"),
        ({"--size": "300"}, "512, 256, 128"),
        ({"-o": "out.xyz"}, "out.xyz"),
        ({"--poses": "nowhere.npz"}, "nowhere.npz"),
        ({"--engine": "steam"}, "steam"),
    ],
)
def test_what_cannot_be_rendered_is_one_sentence(
    changes: dict[str, str], said: str, sample_folder: Path, poses: Path, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    options = {"--poses": str(poses), "-o": str(tmp_path / "out.png"), **changes}
    assert (
        main(["render", str(sample_folder / "ada"), *(part for pair in options.items() for part in pair)])
        == 2
    )
    assert said in capsys.readouterr().err.splitlines()[-1]
    assert not (tmp_path / "out.png").exists()


def test_a_folder_that_is_no_character_is_one_sentence(
    tmp_path: Path, poses: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["render", str(tmp_path), "--poses", str(poses), "-o", str(tmp_path / "out.png")]) == 2
    assert "is not a character" in capsys.readouterr().err


def test_what_a_character_reaches_is_found_and_written_beside_it(
    sample_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path(shutil.copytree(sample_folder / "ada", tmp_path / "ada"))
    assert main(["reach", str(folder), "--quiet", "3", "--most", "8"]) == 0
    assert re.fullmatch(
        r"ada shows \d+\.\d% of its picture near rest, \d+\.\d% beyond\.\n", capsys.readouterr().out
    )
    assert load_character(folder).reach is not None


def test_pixels_are_skipped_unless_it_is_asked_not_to(
    sample_folder: Path, poses: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []

    def build(name: str, device: str, *, skip: bool) -> Engine:
        asked.append(skip)
        return build_engine(name, device, skip=skip)

    monkeypatch.setattr("server.commands.build_engine", build)
    out = tmp_path / "frames.npz"
    arguments = ["render", str(sample_folder / "ada"), "--poses", str(poses), "-o", str(out), "--size", "128"]
    assert main(arguments) == main([*arguments, "--no-skip"]) == 0
    assert asked == [True, False]
