from pathlib import Path

import pytest
import torch

from models.character import CharacterError
from models.folders import files_of, read_character, read_student
from models.teachers.character import (
    TeacherCharacter,
    is_teacher_character,
    load_teacher_character,
    save_teacher_character,
)


@pytest.fixture
def folder(tmp_path: Path, picture: torch.Tensor) -> Path:
    save_teacher_character(TeacherCharacter("ada", "Ada", picture, "tha4"), tmp_path / "ada")
    return tmp_path / "ada"


def test_what_was_saved_is_read(folder: Path, picture: torch.Tensor) -> None:
    assert is_teacher_character(folder)
    character = read_character(folder)
    assert isinstance(character, TeacherCharacter)
    assert (character.id, character.name, character.kind, character.teacher) == (
        "ada",
        "Ada",
        "teacher",
        "tha4",
    )
    assert torch.equal(character.picture, picture)
    assert {path.name for path in files_of(folder)} == {"character_model.yaml", "character.png"}


def test_it_has_no_student(folder: Path) -> None:
    with pytest.raises(CharacterError, match="Character ada has no student yet"):
        read_student(folder)


@pytest.mark.parametrize(
    ("manifest", "sentence"),
    [
        ("kind: teacher\ncharacter_image_file_name: character.png", "must name its `teacher`"),
        ("kind: teacher\nteacher: tha4", "must name a file in its own folder as character_image_file_name"),
        (
            "kind: teacher\nteacher: tha4\ncharacter_image_file_name: ../x.png",
            "must name a file in its own folder",
        ),
    ],
)
def test_a_manifest_that_lacks_something_is_one_sentence(folder: Path, manifest: str, sentence: str) -> None:
    (folder / "character_model.yaml").write_text(manifest)
    with pytest.raises(CharacterError, match=sentence):
        load_teacher_character(folder)


def test_other_folders_are_none(tmp_path: Path) -> None:
    assert not is_teacher_character(tmp_path)
    (tmp_path / "character_model.yaml").write_text("[")
    assert not is_teacher_character(tmp_path)
