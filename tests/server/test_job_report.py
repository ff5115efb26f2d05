from pathlib import Path

import msgspec

from server.job_report import job_row, read_progress
from server.jobs import Job
from server.orders import Order

JOB = Job("j", Order(id="x", character="ada", minutes=5), made=1.0, place=1.0)


def test_a_job_that_waits_says_how_many_are_ahead(tmp_path: Path) -> None:
    row = job_row(JOB, 2, tmp_path / "x", usable=False)
    assert (row["state"], row["ahead"], row["progress"], row["pictures"]) == ("queued", 2, None, {})
    assert (row["name"], row["source"], row["minutes"]) == ("x", {"character": "ada"}, 5)


def test_a_job_at_work_shows_what_it_has_left(tmp_path: Path) -> None:
    (tmp_path / "progress.json").write_text(
        '{"phase": "body", "step": 3, "steps": 9, "psnr": 30.5, "new": 1}'
    )
    (tmp_path / "samples.png").write_bytes(b"x")
    row = job_row(msgspec.structs.replace(JOB, state="running"), 0, tmp_path, usable=True)
    assert (row["ahead"], row["usable"]) == (None, True)
    assert (row["progress"]["step"], row["progress"]["psnr"]) == (3, 30.5)
    assert list(row["pictures"]) == ["samples.png"]
    assert row["pictures"]["samples.png"] > 1e12


def test_a_job_that_is_to_be_forgotten_is_stopping_to_the_eye(tmp_path: Path) -> None:
    row = job_row(msgspec.structs.replace(JOB, state="leaving"), 0, tmp_path, usable=True)
    assert row["state"] == "stopping"


def test_progress_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    path = tmp_path / "progress.json"
    assert read_progress(path) is None
    path.write_text('{"step": "three"}')
    assert read_progress(path) is None
    path.write_text('{"step"')
    assert read_progress(path) is None
