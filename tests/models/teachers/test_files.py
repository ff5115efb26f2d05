import shutil
from pathlib import Path

import pytest
import torch

from models.teachers.files import is_system, read_network, read_system, write_system
from models.teachers.system import System
from models.teachers.tha3 import SEPARABLE, Editor
from models.weights import WeightsError


@pytest.fixture
def copied(system_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(system_folder, tmp_path / "separable"))


def same(one: System, other: System) -> bool:
    theirs = other.state_dict()
    return all(torch.equal(value, theirs[key]) for key, value in one.state_dict().items())


def test_what_was_written_is_read(separable: System, system_folder: Path) -> None:
    assert is_system(system_folder)
    read = read_system(system_folder)
    assert read.version == "tha3-separable"
    assert same(separable, read)
    assert not any(parameter.requires_grad for parameter in read.parameters())


def test_half_precision_and_safetensors_are_read(separable: System, tmp_path: Path) -> None:
    write_system(System("tha3-separable").half(), tmp_path / "half", ".safetensors")
    assert next(read_system(tmp_path / "half").parameters()).dtype == torch.float32


def test_a_missing_file_is_named(copied: Path) -> None:
    (copied / "face_morpher.pt").unlink()
    with pytest.raises(WeightsError, match=r"separable lacks the file face_morpher\.pt"):
        read_system(copied)


def test_a_truncated_file_is_named(copied: Path) -> None:
    path = copied / "editor.pt"
    path.write_bytes(path.read_bytes()[:10_000])
    with pytest.raises(WeightsError, match=r"editor\.pt is damaged"):
        read_system(copied)


def test_a_foreign_file_is_named_with_its_first_wrong_key(copied: Path) -> None:
    shutil.copy(copied / "eyebrow_decomposer.pt", copied / "editor.pt")
    with pytest.raises(
        WeightsError, match=r"editor\.pt lacks the weights color_change_creator\.0\.weight|lacks"
    ):
        read_system(copied)


def test_another_folder_is_no_system(tmp_path: Path) -> None:
    assert not is_system(tmp_path)
    with pytest.raises(WeightsError, match=r"holds no full system: there must be upscaler\.pt"):
        read_system(tmp_path)


def test_one_network_is_read_from_its_file(separable: System, system_folder: Path) -> None:
    editor = read_network(lambda: Editor(SEPARABLE), system_folder / "editor.pt")
    theirs = separable.networks()["editor"].state_dict()
    assert all(torch.equal(value, theirs[key]) for key, value in editor.state_dict().items())
    with pytest.raises(WeightsError, match=r"face_morpher\.pt lacks the weights"):
        read_network(lambda: Editor(SEPARABLE), system_folder / "face_morpher.pt")
