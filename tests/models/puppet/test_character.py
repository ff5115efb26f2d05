from pathlib import Path

import pytest
import torch

from models.character import CharacterError
from models.puppet.character import is_puppet, load_puppet
from models.puppet.description import SHIPPED
from models.puppet.puppet import Puppet


def test_a_folder_with_a_description_is_a_puppet(tsubaki: Puppet) -> None:
    assert is_puppet(SHIPPED / "tsubaki")
    character = load_puppet(SHIPPED / "tsubaki")
    assert (character.id, character.name, character.kind) == ("tsubaki", "Tsubaki", "puppet")
    assert torch.equal(character.picture, tsubaki.picture)


def test_a_folder_without_one_is_none(tmp_path: Path) -> None:
    assert not is_puppet(tmp_path)
    with pytest.raises(CharacterError, match=r"puppet.toml cannot be read"):
        load_puppet(tmp_path)
