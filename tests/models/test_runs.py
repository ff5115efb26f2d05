from pathlib import Path

import numpy as np
import pytest
import torch

from models.pose import DEFAULT
from models.runs import RunError, kept, paired, posed
from models.sample import sample_character
from models.teachers.teacher import StudentTeacher


def written(path: Path, *shape: int) -> Path:
    np.savez(path, frames=np.random.default_rng(0).random(shape).astype(np.float16))
    return path


def test_frames_come_from_a_file(tmp_path: Path) -> None:
    path = written(tmp_path / "a.npz", 2, 4, 8, 6)
    frames = list(kept(path, 2))
    assert [tuple(frame.shape) for frame in frames] == [(4, 8, 6)] * 2
    assert frames[0].dtype == torch.float32
    assert np.array_equal(frames[1], np.load(path)["frames"][1])


def test_frames_are_drawn_by_what_can_pose() -> None:
    teacher = StudentTeacher(sample_character("ada"))
    (frame,) = posed(teacher, DEFAULT[None].copy())
    assert torch.equal(frame, teacher.pose(torch.zeros(1, 45)).posed[0])


def test_a_file_of_other_frames_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"a\.npz holds 2 frames, and there are 3 poses"):
        kept(written(tmp_path / "a.npz", 2, 4, 8, 8), 3)
    with pytest.raises(RunError, match="must hold frames of the shape"):
        kept(written(tmp_path / "b.npz", 2, 3, 8, 8), 2)
    np.savez(tmp_path / "c.npz", poses=np.zeros(1))
    with pytest.raises(RunError, match="no array named frames"):
        kept(tmp_path / "c.npz", 1)
    (tmp_path / "d.npz").write_bytes(b"nothing")
    with pytest.raises(RunError, match=r"d\.npz is damaged"):
        kept(tmp_path / "d.npz", 1)
    with pytest.raises(RunError, match="cannot be read"):
        kept(tmp_path / "e.npz", 1)


def test_runs_of_other_sizes_are_refused() -> None:
    one, other = (iter([torch.zeros(4, *size)]) for size in ((8, 16), (8, 8)))
    with pytest.raises(RunError, match="differ in size: 16 by 8 and 8 by 8"):
        list(paired(one, other))
