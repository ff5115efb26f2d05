import io
import zipfile
from pathlib import Path

import pytest
import yaml
from PIL import Image

from models.character import save_character
from models.folders import BUILT_IN
from models.sample import sample_character
from server.refusal import RegistryError
from server.registry import Registry, unzipped


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    characters = tmp_path / "characters"
    save_character(sample_character("ada"), characters / "ada")
    return characters


@pytest.fixture
def files(tmp_path: Path) -> dict[str, bytes]:
    save_character(sample_character("new", 5), tmp_path / "new")
    return {path.name: path.read_bytes() for path in (tmp_path / "new").iterdir()}


def scanned(folder: Path) -> Registry:
    registry = Registry(folder)
    registry.scan()
    return registry


def refusal(registry: Registry, character: str, files: dict[str, bytes]) -> RegistryError:
    with pytest.raises(RegistryError) as caught:
        registry.add(character, None, files)
    assert [path.name for path in registry._folder.iterdir()] == ["ada"]
    return caught.value


def test_a_scan_finds_what_is_added_changed_and_removed(folder: Path) -> None:
    registry = Registry(folder)
    assert registry.scan().added == {"ada"}
    assert not registry.scan()
    save_character(sample_character("bea"), folder / "bea")
    manifest = folder / "ada" / "character_model.yaml"
    manifest.write_text(manifest.read_text().replace("Sample 0", "Ada Lovelace"))
    changes = registry.scan()
    assert changes.added == {"bea"}
    assert changes.changed == {"ada"}
    assert [entry.name for entry in registry.entries()] == ["Ada Lovelace", "Sample 0"]
    (folder / "bea" / "character_model.yaml").unlink()
    assert registry.scan().removed == {"bea"}


def test_a_folder_that_is_no_usable_character_is_left_out_until_it_is_mended(folder: Path) -> None:
    weights = folder / "ada" / "face_morpher.safetensors"
    good = weights.read_bytes()
    weights.write_bytes(good[:1000])
    registry = scanned(folder)
    assert registry.entries() == []
    weights.write_bytes(good)
    assert registry.scan().added == {"ada"}


def test_a_folder_that_is_missing_holds_no_characters(tmp_path: Path) -> None:
    assert scanned(tmp_path / "nowhere").entries() == []


def test_a_preview_is_a_small_picture_with_transparency(folder: Path) -> None:
    with Image.open(io.BytesIO(scanned(folder).preview("ada"))) as image:
        assert (image.size, image.mode) == ((256, 256), "RGBA")
        corner, middle = image.getpixel((0, 0)), image.getpixel((128, 128))
    assert isinstance(corner, tuple) and isinstance(middle, tuple)
    assert (corner[3], middle[3]) == (0, 255)


def test_an_upload_is_checked_and_appears(folder: Path, files: dict[str, bytes]) -> None:
    registry = scanned(folder)
    entry = registry.add("new", "The New One", files)
    assert (entry.id, entry.name) == ("new", "The New One")
    assert registry.load("new").name == "The New One"
    assert sorted(path.name for path in folder.iterdir()) == ["ada", "new"]


def test_an_upload_may_not_replace_a_character(folder: Path, files: dict[str, bytes]) -> None:
    assert refusal(scanned(folder), "ada", files).status == 409


@pytest.mark.parametrize("character", ["", "../up", ".hidden", "a/b", "x" * 65, "ä"])
def test_ids_are_plain(folder: Path, files: dict[str, bytes], character: str) -> None:
    assert refusal(scanned(folder), character, files).code == "bad_id"


def test_bad_uploads_leave_nothing_behind(folder: Path, files: dict[str, bytes]) -> None:
    registry = scanned(folder)
    assert refusal(registry, "new", {}).code == "no_files"
    assert refusal(registry, "new", {"a\0b": b""}).code == "bad_file_name"
    assert refusal(registry, "new", {"readme.txt": b"hello"}).code == "bad_character"
    broken = {**files, "character.png": files["character.png"][:500]}
    assert "character.png" in str(refusal(registry, "new", broken))
    escaping = yaml.safe_load(files["character_model.yaml"])
    escaping["character_image_file_name"] = "../ada/character.png"
    assert refusal(registry, "new", {**files, "character_model.yaml": yaml.safe_dump(escaping).encode()})


def test_deleting_removes_the_folder(folder: Path) -> None:
    registry = scanned(folder)
    registry.delete("ada")
    assert list(folder.iterdir()) == []
    with pytest.raises(RegistryError) as caught:
        registry.delete("ada")
    assert caught.value.status == 404


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def test_a_zip_gives_its_files_whatever_their_folder() -> None:
    assert unzipped(zipped({"ada/x.yaml": b"1", "y.png": b"2"}), 100) == {"x.yaml": b"1", "y.png": b"2"}


def test_zips_that_are_bombs_or_garbage_are_refused() -> None:
    with pytest.raises(RegistryError) as bomb:
        unzipped(zipped({"big": bytes(10_000_000)}), 1_000_000)
    assert bomb.value.status == 413
    with pytest.raises(RegistryError) as many:
        unzipped(zipped({str(n): b"" for n in range(50)}), 1_000_000)
    assert many.value.status == 413
    for garbage in (b"", b"PK\3\4 nothing", zipped({"a": b"12345"})[:-30]):
        with pytest.raises(RegistryError) as caught:
            unzipped(garbage, 1000)
        assert caught.value.code == "bad_zip"


def test_new_characters_are_written_elsewhere_and_win_over_an_equal_id(folder: Path, tmp_path: Path) -> None:
    registry = Registry(folder, own=tmp_path / "own")
    assert registry.scan().added == {"ada"}
    place = registry.place_for("new")
    assert (place, place.exists()) == (tmp_path / "own" / "new", False)
    save_character(sample_character("new", 5), place)
    save_character(sample_character("ada", 7), tmp_path / "own" / "ada")
    assert registry.scan().changed == {"ada"}
    assert [entry.name for entry in registry.entries()] == ["Sample 7", "Sample 5"]
    assert not registry.scan()
    registry.delete("ada")
    assert registry.scan().added == {"ada"}


@pytest.mark.parametrize(("character", "status"), [("ada", 409), ("a/b", 422), (".workshop", 422), ("", 422)])
def test_a_place_is_given_to_new_characters_only(folder: Path, character: str, status: int) -> None:
    with pytest.raises(RegistryError) as caught:
        scanned(folder).place_for(character)
    assert caught.value.status == status


def test_the_built_in_characters_stay_as_they_are(tmp_path: Path) -> None:
    registry = Registry(BUILT_IN)
    registry.scan()
    for attempt in (registry.delete, registry.place_for):
        with pytest.raises(RegistryError) as caught:
            attempt("tsubaki")
        assert caught.value.code == "built_in"
    beside = Registry(BUILT_IN, own=tmp_path / "own")
    beside.scan()
    with pytest.raises(RegistryError) as caught:
        beside.delete("tsubaki")
    assert caught.value.code == "built_in"
    assert beside.place_for("new") == tmp_path / "own" / "new"
