import json
import shutil
from pathlib import Path

import pytest
import torch

from models.folders import BUILT_IN
from models.teachers.character import TeacherCharacter, save_teacher_character
from server.orders import Order, chosen_system, length, lesson, read_order
from server.refusal import RegistryError
from server.registry import Entry


def entry(folder: Path, kind: str) -> Entry:
    return Entry(folder.name, folder.name, kind, folder, ())


def refused(**fields: object) -> str:
    with pytest.raises(RegistryError) as caught:
        read_order(json.dumps(fields).encode())
    assert caught.value.status == 422
    return str(caught.value)


def test_an_order_is_read_with_what_it_leaves_out() -> None:
    order = read_order(b'{"id": "kaede", "character": "tsubaki", "minutes": 30}')
    assert order == Order(id="kaede", character="tsubaki", minutes=30.0)
    assert order.recipe == "fast"


def test_an_order_that_makes_no_sense_is_one_sentence() -> None:
    for said in (
        refused(character="a"),
        refused(id="x"),
        refused(id="x", character="a", drawing="b.png"),
        refused(id="x", character="a", minutes=-1),
        refused(id="x", character="a", minutes=5, examples=5),
        refused(id="x", character="a", recipe="slow"),
        refused(id="x", character="a", shell="rm"),
        refused(id="x", drawing="b.png", head=[1, 2]),
        refused(id="x", character="a", examples=0),
    ):
        assert said.endswith(".")
        assert said.count(". ") == 0
    assert "minutes" in refused(id="x", character="a", minutes=-1)


def test_a_puppet_and_a_student_teach_by_themselves(tmp_path: Path) -> None:
    order = Order(id="x", character="tsubaki")
    puppet = BUILT_IN / "tsubaki"
    assert lesson(order, entry(puppet, "puppet"), {}, tmp_path) == [f"puppet:{puppet / 'puppet.toml'}"]
    assert lesson(order, entry(tmp_path, "student"), {}, tmp_path) == [str(tmp_path)]


def test_a_puppet_teaches_though_its_student_lies_beside_it(tmp_path: Path) -> None:
    puppet = BUILT_IN / "tsubaki"
    said = lesson(Order(id="x", character="tsubaki"), entry(puppet, "student"), {}, tmp_path)
    assert said == [f"puppet:{puppet / 'puppet.toml'}"]


def test_a_picture_is_taught_by_its_full_system(tmp_path: Path) -> None:
    folder, systems = tmp_path / "ada", {"tha4": Path("/systems/tha4")}
    save_teacher_character(TeacherCharacter("ada", "Ada", torch.zeros(4, 512, 512), "tha4"), folder)
    order = Order(id="x", character="ada")
    said = lesson(order, entry(folder, "teacher"), systems, tmp_path)
    assert said == [str(folder / "character.png"), "--teacher", "/systems/tha4"]
    with pytest.raises(RegistryError):
        lesson(order, entry(folder, "teacher"), {"other": Path("/o")}, tmp_path)
    shutil.rmtree(folder)
    with pytest.raises(RegistryError) as caught:
        lesson(order, entry(folder, "teacher"), systems, tmp_path)
    assert caught.value.code == "bad_character"


def test_a_drawing_is_taught_by_the_system_that_is_named(tmp_path: Path) -> None:
    order = Order(id="x", drawing="d.png", system="b")
    said = lesson(order, None, {"a": Path("/a"), "b": Path("/b")}, tmp_path)
    assert said == [str(tmp_path / "picture.png"), "--teacher", "/b"]


def test_a_character_that_is_not_there_teaches_nobody(tmp_path: Path) -> None:
    with pytest.raises(RegistryError) as caught:
        lesson(Order(id="x", character="nobody"), None, {}, tmp_path)
    assert (caught.value.status, str(caught.value)) == (404, "There is no character 'nobody'.")


def test_the_only_system_needs_no_name() -> None:
    assert chosen_system(None, {"a": Path("/a")}) == Path("/a")
    for name, systems in (
        (None, {"a": Path("/a"), "b": Path("/b")}),
        ("c", {"a": Path("/a")}),
        (None, dict[str, Path]()),
    ):
        with pytest.raises(RegistryError):
            chosen_system(name, systems)


def test_how_long_is_minutes_or_examples_or_the_recipe_s_and_a_name_is_passed_on() -> None:
    assert length(Order(id="x", recipe="paper")) == ["--recipe", "paper"]
    assert length(Order(id="x", minutes=1.5)) == ["--recipe", "fast", "--minutes", "1.5"]
    assert length(Order(id="x", name="Xenia", recipe="paper")) == ["--recipe", "paper", "--name=Xenia"]
    assert length(Order(id="x", examples=64)) == ["--recipe", "fast", "--examples", "64"]
