"""Characters are read from folders in three forms, and what is wrong with one is one sentence."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from models.character import (
    Character,
    CharacterError,
    Form,
    character_files,
    is_character,
    load_character,
    save_character,
    save_reach,
)
from models.pictures import write_picture
from models.reach import CELLS, SHADES, Reach
from models.sample import sample_character
from models.weights import write_weights

GOOD = """character_image_file_name: character.png
face_morpher_file_name: face_morpher.pt
body_morpher_file_name: body_morpher.pt"""


@pytest.fixture(scope="module")
def sample() -> Character:
    return sample_character("mai", seed=3)


@pytest.fixture(scope="module")
def saved(sample: Character, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("saved") / "mai"
    save_character(sample, folder, "pt")
    return folder


@pytest.fixture
def folder(saved: Path, tmp_path: Path) -> Path:
    """A copy of a good character, to be spoilt."""
    return Path(shutil.copytree(saved, tmp_path / "mai"))


def same(one: Character, other: Character) -> bool:
    pairs = [(one.face, other.face), (one.body, other.body)]
    return all(a.keys() == b.keys() and all(torch.equal(a[key], b[key]) for key in a) for a, b in pairs)


def refusal(folder: Path) -> str:
    with pytest.raises(CharacterError) as raised:
        load_character(folder)
    assert "\n" not in str(raised.value)
    return str(raised.value)


@pytest.mark.parametrize("form", ["pt", "safetensors"])
def test_a_saved_character_loads_with_the_same_weights(sample: Character, tmp_path: Path, form: Form) -> None:
    save_character(sample, tmp_path / "ren", form)
    character = load_character(tmp_path / "ren")
    assert (character.id, character.name, character.kind) == ("ren", "Sample 3", "student")
    assert same(character, sample)
    assert character.picture.shape == (4, 512, 512)
    assert (character.picture - sample.picture).abs().max() < 0.02


def test_the_form_of_the_web_demos_loads_with_the_same_weights(
    sample: Character, tmp_path: Path, write_tfjs: Callable[[Character, Path], None]
) -> None:
    write_tfjs(sample, tmp_path / "mai")
    assert is_character(tmp_path / "mai")
    assert same(load_character(tmp_path / "mai"), sample)
    assert {file.name for file in character_files(tmp_path / "mai")} == {
        "character.png",
        "face_morpher.json",
        "face_morpher.weights.bin",
        "body_morpher.json",
        "body_morpher.weights.bin",
    }


def test_without_a_name_the_folder_names_the_character(folder: Path) -> None:
    (folder / "character_model.yaml").write_text(GOOD)
    assert load_character(folder).name == "mai"


def test_a_folder_without_a_manifest_is_no_character(tmp_path: Path) -> None:
    assert not is_character(tmp_path)
    assert "is not a character" in refusal(tmp_path)
    assert character_files(tmp_path) == ()


def test_the_files_of_a_character_are_those_whose_change_matters(folder: Path) -> None:
    (folder / "notes.txt").write_text("")
    names = [file.name for file in character_files(folder)]
    assert names == ["character_model.yaml", "character.png", "face_morpher.pt", "body_morpher.pt"]


def test_the_files_of_a_broken_character_are_those_that_are_known(folder: Path) -> None:
    (folder / "character_model.yaml").write_text("[")
    assert [file.name for file in character_files(folder)] == ["character_model.yaml"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[", "is not YAML"),
        ("\0", "is not YAML"),
        ("- a", "must map keys to file names"),
        ("", "must map keys to file names"),
        ("!!python/object/apply:os.getcwd []", "is not YAML"),
        (GOOD.replace("character.png", "[1]"), "a file in its own folder as character_image_file_name"),
        (
            GOOD.replace("face_morpher_file_name", "face"),
            "a file in its own folder as face_morpher_file_name",
        ),
        (
            GOOD.replace("face_morpher.pt", "../mai2/face.pt"),
            "a file in its own folder as face_morpher_file_name",
        ),
        (
            GOOD.replace("character.png", "/etc/hostname"),
            "a file in its own folder as character_image_file_name",
        ),
        (GOOD.replace("body_morpher.pt", "b.pt"), "b.pt cannot be read: No such file"),
        (GOOD + " " * 2**16, "character_model.yaml is larger than"),
        (
            GOOD.replace("body_morpher.pt", "face_morpher.pt"),
            "face_morpher.pt lacks the weights siren_layers",
        ),
    ],
)
def test_a_manifest_that_is_wrong_is_refused(folder: Path, text: str, reason: str) -> None:
    (folder / "character_model.yaml").write_text(text)
    assert reason in refusal(folder)


def test_a_link_that_leads_outside_is_refused(folder: Path, saved: Path) -> None:
    (folder / "face_morpher.pt").unlink()
    (folder / "face_morpher.pt").symlink_to(saved / "face_morpher.pt")
    assert "a file in its own folder as face_morpher_file_name" in refusal(folder)


def test_a_link_to_itself_is_refused(folder: Path) -> None:
    (folder / "face_morpher.pt").unlink()
    (folder / "face_morpher.pt").symlink_to(folder / "face_morpher.pt")
    assert "a file in its own folder as face_morpher_file_name" in refusal(folder)


@pytest.mark.parametrize("name", ["character.png", "face_morpher.pt", "body_morpher.pt"])
def test_a_file_that_is_missing_or_cut_short_is_named(folder: Path, name: str) -> None:
    whole = (folder / name).read_bytes()
    (folder / name).write_bytes(whole[: len(whole) // 2])
    assert refusal(folder).startswith(f"Character mai: {name} is damaged")
    (folder / name).unlink()
    assert refusal(folder).startswith(f"Character mai: {name} cannot be read")


def left_half() -> Reach:
    cells = torch.zeros(CELLS, CELLS, dtype=torch.uint8)
    cells[:, :128] = SHADES[0]
    return Reach(cells)


@pytest.mark.parametrize("form", ["pt", "safetensors"])
def test_what_a_character_reaches_is_saved_with_it(sample: Character, tmp_path: Path, form: Form) -> None:
    save_character(replace(sample, reach=left_half()), tmp_path / "mai", form)
    found = load_character(tmp_path / "mai").reach
    assert found is not None
    assert torch.equal(found.cells, left_half().cells)


def test_what_is_found_later_is_added_to_the_folder(folder: Path) -> None:
    assert load_character(folder).reach is None
    before = character_files(folder)
    save_reach(left_half(), folder)
    assert load_character(folder).reach is not None
    assert character_files(folder) == (*before, folder / "reach.png")


def test_a_reach_is_found_in_the_form_of_the_web_demos(
    sample: Character, tmp_path: Path, write_tfjs: Callable[[Character, Path], None]
) -> None:
    write_tfjs(sample, tmp_path / "mai")
    save_reach(left_half(), tmp_path / "mai")
    assert load_character(tmp_path / "mai").reach is not None
    binary = tmp_path / "mai" / "face_morpher.weights.bin"
    binary.write_bytes(bytes(4) + binary.read_bytes()[4:])
    assert load_character(tmp_path / "mai").reach is None


def test_the_reach_of_other_weights_or_another_picture_is_left_out(folder: Path) -> None:
    save_reach(left_half(), folder)
    other = sample_character("mai", seed=4)
    write_picture(other.picture, folder / "character.png")
    assert load_character(folder).reach is None
    save_reach(left_half(), folder)
    write_weights(other.face, folder / "face_morpher.pt")
    assert load_character(folder).reach is None


def test_a_damaged_reach_does_not_keep_a_character_from_loading(folder: Path) -> None:
    (folder / "reach.png").write_bytes(b"no picture")
    assert load_character(folder).reach is None


def test_a_reach_that_cannot_be_written_is_one_sentence(folder: Path) -> None:
    (folder / "reach.png").mkdir()
    with pytest.raises(CharacterError, match=r"^The reach of mai cannot be written: .*\.$"):
        save_reach(left_half(), folder)
    assert not list(folder.glob(".reach*"))
