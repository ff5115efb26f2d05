"""Poses are read from every kind of file, or refused in one sentence that names it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.pose import DEFAULT, INDEX
from models.tracks import TrackError, read_poses

SOME = np.random.default_rng(0).uniform(0, 1, (3, 45)).astype(np.float32)


def lines(folder: Path, *entries: Any) -> Path:
    path = folder / "track.jsonl"
    path.write_text("\n".join(json.dumps(entry) for entry in entries))
    return path


def test_arrays_are_read(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", poses=SOME)
    np.save(tmp_path / "a.npy", SOME.astype(np.float64))
    for name in ("a.npz", "a.npy"):
        poses = read_poses(tmp_path / name)
        assert poses.dtype == np.float32
        np.testing.assert_array_equal(poses, SOME)


def test_a_list_may_mix_numbers_and_maps_over_the_rest_pose(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([SOME[0].tolist(), {"head_x": 0.5}, {}]))
    poses = read_poses(path)
    np.testing.assert_array_equal(poses[0], SOME[0])
    assert np.flatnonzero(poses[1]).tolist() == [INDEX["head_x"]]
    np.testing.assert_array_equal(poses[2], DEFAULT)


def test_values_out_of_range_are_clamped(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.full((1, 45), 7.0))
    assert (read_poses(tmp_path / "a.npy") == 1).all()


def test_a_track_changes_the_pose_before(tmp_path: Path) -> None:
    path = lines(tmp_path, {"time": 0, "values": SOME[0].tolist()}, {"time": 100, "values": {"head_x": -0.5}})
    poses = read_poses(path, fps=10)
    assert poses.shape == (2, 45)
    assert poses[1, INDEX["head_x"]] == -0.5
    np.testing.assert_array_equal(np.delete(poses[1], INDEX["head_x"]), np.delete(SOME[0], INDEX["head_x"]))


def test_a_track_is_taken_at_its_times(tmp_path: Path) -> None:
    entries = [{"time": 5000 + ms, "values": {"head_x": ms / 1000}} for ms in (0, 10, 90, 300)]
    poses = read_poses(lines(tmp_path, *entries), fps=10)
    np.testing.assert_allclose(poses[:, INDEX["head_x"]], [0, 0.09, 0.09, 0.3])


@pytest.mark.parametrize("fps", [24, 30, 60])
def test_a_track_at_the_rate_itself_keeps_every_line(tmp_path: Path, fps: int) -> None:
    entries = [{"time": i * 1000 / fps, "values": {"breathing": i / 200}} for i in range(200)]
    poses = read_poses(lines(tmp_path, *entries), fps=fps)
    np.testing.assert_allclose(poses[:, 44], np.arange(200) / 200, rtol=1e-6)


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        ([], "holds no poses"),
        ([3], "Line 1 of track.jsonl must have values and a time"),
        ([{"time": 0}], "Line 1 of track.jsonl must have values"),
        ([{"time": 1, "values": {}}, {"time": 0, "values": {}}], "Line 2 of track.jsonl .* go back"),
        ([{"time": "x", "values": {}}], "must have values and a time"),
        ([{"time": 0, "values": {"head": 1}}], "no pose parameter named 'head'"),
        ([{"time": 0, "values": 3}], "must be 45 numbers, or a map"),
        ([{"time": 0, "values": {}}, {"time": 1e12, "values": {}}], "longer than 1000000 frames"),
    ],
)
def test_a_track_that_is_wrong_is_refused(tmp_path: Path, entries: list[Any], reason: str) -> None:
    with pytest.raises(TrackError, match=reason):
        read_poses(lines(tmp_path, *entries))


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.csv", b"", "must end in .npz, .npy, .json, .jsonl"),
        ("a.npz", b"PK", "is damaged"),
        ("a.npy", b"", "is damaged"),
        ("a.json", b"{", "is not JSON"),
        ("a.json", b"[" * 100_000, "is not JSON"),
        ("a.json", b"{}", "must be a list of poses"),
        ("a.json", b"[]", "holds no poses"),
        ("a.json", b"[[1, 2]]", "must be 45 numbers, not 2"),
        ("a.jsonl", b"\n{\n", "Line 2 of a.jsonl is not JSON"),
    ],
)
def test_a_file_that_holds_no_poses_is_refused(tmp_path: Path, name: str, data: bytes, reason: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(TrackError, match=reason) as raised:
        read_poses(tmp_path / name)
    assert name in str(raised.value)


def test_arrays_of_another_shape_or_name_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", other=SOME)
    np.save(tmp_path / "a.npy", SOME[0])
    np.save(tmp_path / "b.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(TrackError, match="no array named poses"):
        read_poses(tmp_path / "a.npz")
    with pytest.raises(TrackError, match=r"shape \(N, 45\), not \(45,\)"):
        read_poses(tmp_path / "a.npy")
    with pytest.raises(TrackError, match=r"b.npy is damaged"):
        read_poses(tmp_path / "b.npy")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrackError, match=r"a.json cannot be read: No such file"):
        read_poses(tmp_path / "a.json")
