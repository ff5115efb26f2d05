import json
from pathlib import Path

import numpy as np
import pytest

from bunraku_client.errors import InvalidInputError
from bunraku_client.track import Track, read_track, write_track
from bunraku_client.welcome import Parameters

PARAMETERS = Parameters(
    tuple(f"p{index}" for index in range(45)),
    np.full(45, -1, np.float32),
    np.full(45, 1, np.float32),
    np.zeros(45, np.float32),
)


def _poses(count: int) -> tuple[np.ndarray[tuple[int], np.dtype[np.float32]], ...]:
    return tuple(np.random.default_rng(1).uniform(-1, 1, (count, 45)).astype(np.float32))


def test_json_lines_come_back_as_they_were_written(tmp_path: Path) -> None:
    whole = _poses(1)[0]
    track = Track(np.array([10.0, 35.5, 90.0]), (whole, {"p3": 0.25}, {"p4": 1.0}))
    write_track(tmp_path / "a.jsonl", track)
    again = read_track(tmp_path / "a.jsonl")
    assert again.times.tolist() == [10.0, 35.5, 90.0]
    assert np.array_equal(again.poses(PARAMETERS), track.poses(PARAMETERS))
    assert again.values[1] == {"p3": 0.25}


def test_an_npz_keeps_poses_and_pace(tmp_path: Path) -> None:
    write_track(tmp_path / "a.npz", Track(np.arange(5) * 50.0, _poses(5)))
    again = read_track(tmp_path / "a.npz")
    assert np.array_equal(again.poses(PARAMETERS), np.stack(_poses(5)))
    assert again.step_ms == pytest.approx(50)
    assert again.length_ms == pytest.approx(250)


def test_the_pace_of_an_npz_is_the_one_given_then_its_own_then_thirty(tmp_path: Path) -> None:
    np.savez(tmp_path / "own.npz", poses=np.stack(_poses(3)), fps=20)
    np.savez(tmp_path / "none.npz", poses=np.stack(_poses(3)))
    assert read_track(tmp_path / "own.npz").times.tolist() == [0, 50, 100]
    assert read_track(tmp_path / "own.npz", fps=10).times.tolist() == [0, 100, 200]
    assert read_track(tmp_path / "none.npz").times[1] == pytest.approx(1000 / 30)


def test_sparse_poses_are_laid_over_what_was_before() -> None:
    track = Track(np.array([0.0, 1.0, 2.0]), ({"p0": 0.5}, {"p1": -0.5}, np.ones(45, np.float32)))
    poses = track.poses(PARAMETERS)
    assert poses[:, :3].tolist() == [[0.5, 0, 0], [0.5, -0.5, 0], [1, 1, 1]]


def test_a_parameter_the_character_lacks_is_named() -> None:
    with pytest.raises(InvalidInputError, match="'tail'"):
        Track(np.zeros(1), ({"tail": 1.0},)).poses(PARAMETERS)


def test_the_sampler_holds_each_pose_until_the_next_and_goes_round() -> None:
    track = Track(np.array([100.0, 200.0]), ({"p0": 0.25}, {"p0": 0.75}))
    at = track.sampler(PARAMETERS)
    assert [at(seconds)[0] for seconds in (0, 0.099, 0.1, 0.199, 0.2, 1.3)] == [
        0.25,
        0.25,
        0.75,
        0.75,
        0.25,
        0.75,
    ]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "at least one pose"),
        ("{}", "Line 1 of the track is not a map"),
        ('{"time": 0, "values": [1, 2]}', "Line 1 of the track: A pose is 45 numbers"),
        ('{"time": 0, "values": {"p0": NaN}}', "not a finite number"),
        ('{"time": 5, "values": {}}\n{"time": 4, "values": {}}', "do not go back"),
        ("null", "Line 1"),
    ],
)
def test_a_broken_file_is_told_in_one_sentence(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "a.jsonl").write_text(text)
    with pytest.raises(InvalidInputError, match=complaint):
        read_track(tmp_path / "a.jsonl")


def test_a_broken_npz_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "text.npz").write_text("text")
    np.savez(tmp_path / "other.npz", images=np.zeros(3))
    np.savez(tmp_path / "narrow.npz", poses=np.zeros((3, 44)))
    for name, complaint in (("text", "track"), ("other", "no array 'poses'"), ("narrow", r"\(3, 44\)")):
        with pytest.raises(InvalidInputError, match=complaint):
            read_track(tmp_path / f"{name}.npz")
    with pytest.raises(InvalidInputError, match="cannot be read"):
        read_track(tmp_path / "absent.npz")


def test_an_npz_refuses_what_it_cannot_hold(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="whole poses only"):
        write_track(tmp_path / "a.npz", Track(np.zeros(1), ({"p0": 1.0},)))
    with pytest.raises(InvalidInputError, match="even pace"):
        write_track(tmp_path / "a.npz", Track(np.array([0.0, 10.0, 90.0]), _poses(3)))


def test_each_line_is_a_map_of_time_and_values(tmp_path: Path) -> None:
    write_track(tmp_path / "a.jsonl", Track(np.array([7.0]), ({"p0": 0.5},)))
    assert json.loads((tmp_path / "a.jsonl").read_text()) == {"time": 7.0, "values": {"p0": 0.5}}
