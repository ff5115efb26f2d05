"""A reach says which pixels may be shown, and its file is only believed for the character it belongs to."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, PngImagePlugin

from models.pose import DEFAULT, MAXIMUM
from models.reach import (
    CELLS,
    FILE,
    SHADES,
    WILD,
    Reach,
    digest_of,
    grade_of,
    read_reach,
    write_reach,
)

OFTEN, RARELY = SHADES[:2]


def reach_of(*cells: tuple[int, int, int]) -> Reach:
    """A reach of single cells: (x, y, shade)."""
    drawn = torch.zeros(CELLS, CELLS, dtype=torch.uint8)
    for x, y, kind in cells:
        drawn[y, x] = kind
    return Reach(drawn)


def places(shown: torch.Tensor) -> list[tuple[int, int]]:
    return [(x, y) for y, x in torch.nonzero(shown).tolist()]


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    names = [tmp_path / "picture", tmp_path / "weights"]
    for name in names:
        name.write_text(name.name)
    return names


def test_a_cell_is_two_pixels_of_512_one_of_256_and_part_of_one_of_128() -> None:
    reach = reach_of((7, 100, OFTEN))
    assert places(reach.shown(512, 0)) == [(14, 200), (15, 200), (14, 201), (15, 201)]
    assert places(reach.shown(256, 0)) == [(7, 100)]
    assert places(reach.shown(128, 0)) == [(3, 50)]


def test_a_grade_shows_what_lower_ones_do_and_more_and_wild_poses_everything() -> None:
    reach = reach_of((0, 0, OFTEN), (1, 0, RARELY))
    assert places(reach.shown(256, 0)) == [(0, 0)]
    assert places(reach.shown(256, 1)) == [(0, 0), (1, 0)]
    for size in (512, 256, 128):
        assert reach.shown(size, WILD).all()


def test_something_is_saved_where_a_grade_does_not_show_everything() -> None:
    everything = torch.full((CELLS, CELLS), OFTEN, dtype=torch.uint8)
    assert not Reach(everything.clone()).saves(0)
    everything[200, 3] = RARELY
    assert [Reach(everything).saves(grade) for grade in (0, 1, WILD)] == [True, False, False]


@pytest.mark.parametrize(
    ("turns", "face", "grade"),
    [(0, 0, 0), (3.4, 4.9, 0), (3.6, 0, 1), (0, 5.1, 1), (5, 7.9, 1), (0, 8.1, WILD), (5, 39, WILD)],
)
def test_a_pose_has_the_grade_of_its_sums(turns: float, face: float, grade: int) -> None:
    pose = DEFAULT.copy()
    pose[:39] = face / 39
    pose[39:44] = -turns / 5
    assert grade_of(pose) == grade


def test_breathing_changes_no_grade() -> None:
    pose = DEFAULT.copy()
    pose[44] = 1
    assert grade_of(pose) == 0
    assert grade_of(MAXIMUM) == WILD


@pytest.mark.parametrize(
    "cells", [torch.zeros(128, 128, dtype=torch.uint8), torch.zeros(CELLS, CELLS)], ids=["size", "type"]
)
def test_other_cells_are_refused(cells: torch.Tensor) -> None:
    with pytest.raises(ValueError, match="256 by 256 bytes"):
        Reach(cells)


def test_what_is_written_is_read_again(tmp_path: Path, files: list[Path]) -> None:
    reach = reach_of((3, 4, OFTEN), (5, 6, RARELY))
    write_reach(reach, digest_of(files), tmp_path)
    found = read_reach(tmp_path, files)
    assert found is not None
    assert torch.equal(found.cells, reach.cells)
    assert {path.name for path in tmp_path.iterdir()} == {"picture", "weights", FILE}


def test_the_file_is_a_picture_to_look_at(tmp_path: Path, files: list[Path]) -> None:
    write_reach(reach_of((3, 4, OFTEN)), digest_of(files), tmp_path)
    with Image.open(tmp_path / FILE) as image:
        assert (image.format, image.size, image.mode) == ("PNG", (256, 256), "L")
        assert image.getpixel((3, 4)) == 255


def test_a_reach_of_other_files_is_not_believed(tmp_path: Path, files: list[Path]) -> None:
    write_reach(reach_of(), digest_of(files), tmp_path)
    files[1].write_text("other weights")
    assert read_reach(tmp_path, files) is None


def test_files_of_equal_content_are_the_same_whatever_their_names(files: list[Path]) -> None:
    before = digest_of(files)
    assert digest_of([one.rename(one.with_suffix(".moved")) for one in files]) == before
    assert digest_of(files[:0]) != before


def test_no_file_is_no_reach(tmp_path: Path, files: list[Path]) -> None:
    assert read_reach(tmp_path, files) is None


@pytest.mark.parametrize(("mode", "side"), [("L", 128), ("L", 4096), ("RGB", 256), ("1", 256)])
def test_a_picture_of_another_form_is_no_reach(
    tmp_path: Path, files: list[Path], mode: str, side: int
) -> None:
    about = PngImagePlugin.PngInfo()
    about.add_text("character", digest_of(files))
    Image.new(mode, (side, side)).save(tmp_path / FILE, pnginfo=about)
    assert read_reach(tmp_path, files) is None


def test_a_damaged_file_is_no_reach(tmp_path: Path, files: list[Path]) -> None:
    reach = reach_of((3, 4, OFTEN))
    write_reach(reach, digest_of(files), tmp_path)
    data = (tmp_path / FILE).read_bytes()
    random = np.random.default_rng(0)
    for length in random.integers(0, len(data), 40):
        (tmp_path / FILE).write_bytes(data[:length])
        found = read_reach(tmp_path, files)
        assert found is None or torch.equal(found.cells, reach.cells)
    for place in random.integers(0, len(data), 200):
        (tmp_path / FILE).write_bytes(data[:place] + bytes([data[place] ^ 255]) + data[place + 1 :])
        found = read_reach(tmp_path, files)
        assert found is None or found.cells.shape == (CELLS, CELLS)
    (tmp_path / FILE).write_bytes(data + bytes(2**18))
    assert read_reach(tmp_path, files) is None
