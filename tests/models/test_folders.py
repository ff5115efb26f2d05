import shutil
from pathlib import Path

import pytest

from models.character import Character, CharacterError, save_character
from models.folders import BUILT_IN, files_of, holds_character, read_character, read_student
from models.puppet.character import PuppetCharacter
from models.sample import sample_character


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that holds a puppet."""
    folder = tmp_path / "doll"
    folder.mkdir()
    shutil.copy(BUILT_IN / "minato" / "puppet.toml", folder)
    return folder


def test_a_description_makes_a_puppet(folder: Path) -> None:
    character = read_character(folder)
    assert isinstance(character, PuppetCharacter)
    assert (character.id, character.name, character.kind) == ("doll", "Minato", "puppet")
    assert files_of(folder) == (folder / "puppet.toml",)
    with pytest.raises(CharacterError, match="no student"):
        read_student(folder)


def test_a_student_beside_the_description_is_drawn_in_its_stead(folder: Path) -> None:
    save_character(sample_character("doll"), folder)
    assert isinstance(read_character(folder), Character)
    assert isinstance(read_student(folder), Character)
    assert folder / "puppet.toml" not in files_of(folder)


def test_a_damaged_description_is_refused_with_its_reason(folder: Path) -> None:
    (folder / "puppet.toml").write_text("name = 3")
    assert holds_character(folder)
    with pytest.raises(CharacterError, match=r"Character doll: puppet\.toml is no puppet"):
        read_character(folder)


def test_an_empty_folder_holds_nobody(tmp_path: Path) -> None:
    assert not holds_character(tmp_path)
    with pytest.raises(CharacterError, match="is not a character"):
        read_character(tmp_path)
