from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from server.job_files import JobFiles
from server.jobs import Job
from server.orders import Order
from server.refusal import RegistryError

JOB = Job("a", Order(id="x", drawing="d.png", head=[1, 2, 3]), made=1.0, place=2.0, state="failed", why="No.")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "made" / ".workshop"


def opened(folder: Path) -> list[Job]:
    """The jobs that a server finds that comes and goes."""
    files = JobFiles(folder)
    jobs = files.open()
    files.close()
    return jobs


def test_jobs_are_as_they_were_when_the_folder_is_opened_again(folder: Path) -> None:
    files = JobFiles(folder)
    assert files.open() == []
    files.keep(JOB, np.full((512, 512, 4), 7, np.uint8))
    files.close()
    again = JobFiles(folder)
    assert again.open() == [JOB]
    assert Image.open(again.of("a") / "picture.png").getpixel((0, 0)) == (7, 7, 7, 7)
    again.remove("a")
    again.close()
    assert opened(folder) == []


def test_a_second_server_is_kept_out(folder: Path) -> None:
    files = JobFiles(folder)
    files.open()
    with pytest.raises(RegistryError) as caught:
        JobFiles(folder).open()
    assert caught.value.code == "busy"
    files.close()
    assert opened(folder) == []


def test_a_record_that_cannot_be_read_is_left_out(folder: Path) -> None:
    files = JobFiles(folder)
    files.open()
    files.keep(JOB)
    (folder / "b").mkdir()
    (folder / "b" / "job.json").write_text('{"id": "b"')
    files.close()
    assert opened(folder) == [JOB]


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RegistryError) as caught:
        JobFiles(tmp_path / "file" / ".workshop").open()
    assert caught.value.code == "unwritable"
    assert str(caught.value).endswith(".")
