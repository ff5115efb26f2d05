import json
import time
from pathlib import Path

import pytest

from models.distill.journal import FILE, Journal, Pace
from models.distill.recipe import DistillError

FIELDS = {
    "phase",
    "step",
    "steps",
    "examples",
    "rate",
    "remaining_seconds",
    "psnr",
    "started",
    "updated",
    "finished",
}


def test_the_file_is_there_at_once_with_all_its_fields(tmp_path: Path) -> None:
    with Journal(tmp_path / "ada"):
        said = json.loads((tmp_path / "ada" / FILE).read_text())
    assert set(said) == FIELDS
    assert (said["remaining_seconds"], said["psnr"], said["finished"]) == (None, None, False)
    assert abs(said["started"] - time.time()) < 60


def test_the_file_is_kept_fresh_though_nothing_happens(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        first = json.loads((tmp_path / FILE).read_text())["updated"]
        journal.note(phase="learning", step=3)
        until = time.monotonic() + 10
        while (said := json.loads((tmp_path / FILE).read_text()))["updated"] == first:
            assert time.monotonic() < until
            time.sleep(0.05)
    assert (said["phase"], said["step"]) == ("learning", 3)


def test_the_end_is_written_down(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), Journal(tmp_path) as journal:
        journal.note(step=5)
        raise KeyboardInterrupt
    said = json.loads((tmp_path / FILE).read_text())
    assert (said["step"], said["finished"]) == (5, False)


@pytest.mark.parametrize("found", [None, b"{}"])
def test_a_run_that_ends_before_its_first_step_leaves_what_it_found(
    tmp_path: Path, found: bytes | None
) -> None:
    if found is not None:
        (tmp_path / FILE).write_bytes(found)
    with pytest.raises(DistillError), Journal(tmp_path) as journal:
        journal.note(phase="reading the teacher")
        raise DistillError
    assert [file.read_bytes() for file in tmp_path.iterdir()] == ([] if found is None else [found])


def test_a_folder_that_cannot_be_written_is_said_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DistillError, match="cannot be written"):
        Journal(tmp_path / "file").__enter__()


def test_the_pace_is_that_of_the_last_half_minute() -> None:
    pace = Pace()
    assert pace.add(100.0, 50) == 0
    assert pace.add(110.0, 150) == 10
    for second in range(11, 60):
        rate = pace.add(100.0 + second, 150 + (second - 10))
    assert rate == pytest.approx(1.0)
