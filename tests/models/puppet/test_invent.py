"""Descriptions drawn by lot."""

from pathlib import Path

import pytest

from models.puppet.description import SHIPPED, DescriptionError, read_description
from models.puppet.invent import as_toml, invented


def test_what_is_invented_reads_back_the_same(tmp_path: Path) -> None:
    path = tmp_path / "new.toml"
    for seed in range(40):
        made = invented('O\'Neil "琥珀"\n\x7f', seed)
        path.write_text(as_toml(made), encoding="utf-8")
        assert read_description(path) == made


def test_shipped_descriptions_survive_the_writing(tmp_path: Path) -> None:
    path = tmp_path / "copy.toml"
    for shipped in SHIPPED.glob("*/puppet.toml"):
        path.write_text(as_toml(read_description(shipped)), encoding="utf-8")
        assert read_description(path) == read_description(shipped)


def test_the_same_name_and_seed_give_the_same_and_others_give_another() -> None:
    assert invented("Ume", 1) == invented("Ume", 1)
    assert invented("Ume", 1) != invented("Ume", 2)
    assert invented("Ume", 1).hair != invented("Momo", 1).hair


def test_every_style_is_drawn_sooner_or_later() -> None:
    made = [invented("Any", seed) for seed in range(60)]
    assert {one.hair.back for one in made} == {"long", "bob", "tails"}
    assert {one.clothes.style for one in made} == {"sailor", "hoodie"}


def test_a_name_that_cannot_be_is_refused() -> None:
    for name in ("", "x" * 101):
        with pytest.raises(DescriptionError, match="1 to 100 characters"):
            invented(name)
