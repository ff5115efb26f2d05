"""Descriptions: what they may say, and how a bad one is refused."""

from pathlib import Path

import pytest

from models.puppet.description import (
    SHIPPED,
    DescriptionError,
    find_description,
    read_description,
    shipped_names,
)


def test_both_shipped_descriptions_load() -> None:
    assert shipped_names() == ["minato", "tsubaki"]
    names = [read_description(find_description(name)).name for name in shipped_names()]
    assert names == ["Minato", "Tsubaki"]


def test_a_name_alone_is_enough(tmp_path: Path) -> None:
    path = tmp_path / "plain.toml"
    path.write_text('name = "Plain"')
    assert read_description(path).hair.back == "long"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("name = ", "one.toml is not TOML."),
        ("[face]", "one.toml is no puppet: Object missing required field name."),
        ('name = ""', "one.toml is no puppet: Expected str of length >= 1 at name."),
        ('name = "A"\n[eyes]\nwidth = 3.0', "one.toml is no puppet: Expected float <= 1.15 at eyes.width."),
        ('name = "A"\n[hair]\nback = "no"', "one.toml is no puppet: Invalid enum value 'no' at hair.back."),
        (
            'name = "A"\n[hair]\ncurls = 1',
            "one.toml is no puppet: Object contains unknown field curls at hair.",
        ),
    ],
)
def test_a_bad_description_is_refused_with_one_sentence(text: str, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "one.toml"
    path.write_text(text)
    with pytest.raises(DescriptionError) as error:
        read_description(path)
    assert str(error.value) == sentence


def test_a_colour_must_be_one(tmp_path: Path) -> None:
    path = tmp_path / "one.toml"
    path.write_text('name = "A"\n[face]\nskin = "red"')
    with pytest.raises(DescriptionError, match=r"^one\.toml is no puppet: .* at face\.skin\.$"):
        read_description(path)


def test_a_file_that_is_huge_missing_or_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "huge.toml").write_text("#" * 70000)
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    for name, words in (("huge", "larger than 64 KB"), ("bytes", "is not TOML"), ("none", "cannot be read")):
        with pytest.raises(DescriptionError, match=words):
            read_description(tmp_path / f"{name}.toml")


def test_a_description_is_found_by_its_name_or_its_path(tmp_path: Path) -> None:
    assert find_description("tsubaki") == SHIPPED / "tsubaki" / "puppet.toml"
    path = tmp_path / "own.toml"
    path.write_text('name = "Own"')
    assert find_description(str(path)) == path
    with pytest.raises(DescriptionError, match=r"no puppet 'nobody'.*minato, tsubaki\."):
        find_description("nobody")
    with pytest.raises(DescriptionError):
        find_description("../builtin/tsubaki")
