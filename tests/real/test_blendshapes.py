"""Recorded faces become the poses that their footage shows."""

import csv
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from models.blendshapes import Neutral, head_angles, to_pose
from models.pose import INDEX, MAXIMUM, MINIMUM

CLIPS = (
    "asl_bird.mkv",
    "asl_yes.mkv",
    "head-pose-face-detection-female.gif",
    "liveportrait_d3.mp4",
    "liveportrait_d9.mp4",
)


def faces(real_data: Path, clip: str) -> Iterator[tuple[float, dict[str, float], tuple[float, float, float]]]:
    """(milliseconds, blendshapes, head angles) of every picture in which a face was seen."""
    with gzip.open(real_data / "blendshapes" / f"{clip}.jsonl.gz", "rt") as lines:
        names = json.loads(next(lines))["names"]
        for line in map(json.loads, lines):
            if line["blendshapes"]:
                values = dict(zip(names, line["blendshapes"], strict=True))
                yield line["t_ms"], values, head_angles(np.reshape(line["matrix"], (4, 4)))


def poses(real_data: Path, clip: str, **options: Any) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Times in seconds, (n,), and poses, (n, 45)."""
    found = [(ms / 1000, to_pose(values, head, **options)) for ms, values, head in faces(real_data, clip)]
    return np.array([t for t, _ in found]), np.stack([pose for _, pose in found])


@pytest.mark.parametrize("clip", CLIPS)
def test_every_pose_of_every_recording_is_within_range(real_data: Path, clip: str) -> None:
    _, frames = poses(real_data, clip)
    assert len(frames) > 20
    assert (frames >= MINIMUM).all()
    assert (frames <= MAXIMUM).all()


def test_a_head_that_turns_to_its_own_right_and_then_left_is_followed(real_data: Path) -> None:
    times, frames = poses(real_data, "head-pose-face-detection-female.gif")
    turn, body = frames[:, INDEX["head_y"]], frames[:, INDEX["body_y"]]
    # She begins turned to the left of the picture, passes the camera, and ends her other turn at 1.1 s.
    assert (turn[times < 0.35] > 0.99).all()
    assert body[times < 0.35].max() > 0.9
    at = np.argmin(np.abs(times - 1.075))
    assert turn[at] < -0.99
    assert body[at] < -0.5
    assert (np.sign(turn) == np.sign(body))[body != 0].all()


def test_a_mirror_turns_the_same_head_the_other_way(real_data: Path) -> None:
    _, plain = poses(real_data, "head-pose-face-detection-female.gif")
    _, mirrored = poses(real_data, "head-pose-face-detection-female.gif", mirror=True)
    np.testing.assert_array_equal(mirrored[:, INDEX["head_y"]], -plain[:, INDEX["head_y"]])
    np.testing.assert_array_equal(mirrored[:, INDEX["head_x"]], plain[:, INDEX["head_x"]])


def test_a_left_wink_a_right_wink_and_closed_eyes_come_in_their_order(real_data: Path) -> None:
    times, frames = poses(real_data, "liveportrait_d3.mp4")
    left, right = frames[:, INDEX["eye_wink_left"]], frames[:, INDEX["eye_wink_right"]]
    left = left + frames[:, INDEX["eye_happy_wink_left"]]
    right = right + frames[:, INDEX["eye_happy_wink_right"]]
    winks_left, winks_right = (times > 0.4) & (times < 0.6), (times > 1.25) & (times < 1.5)
    assert left[winks_left].min() > 0.6
    assert right[winks_left].max() < 0.1
    assert right[winks_right].min() > 0.6
    assert left[winks_right].max() < 0.1
    closed = (times > 7.4) & (times < 8.2)
    assert min(left[closed].min(), right[closed].min()) > 0.95
    opened = times > 9.2
    assert max(left[opened].max(), right[opened].max()) < 0.05


def test_the_jaw_opens_only_at_the_end(real_data: Path) -> None:
    times, frames = poses(real_data, "liveportrait_d3.mp4")
    mouth = frames[:, INDEX["mouth_aaa"]]
    assert mouth[times < 9.0].max() < 0.1
    assert mouth[times > 10.2].min() > 0.6


def test_eyes_look_to_the_side_to_which_the_person_looks(real_data: Path) -> None:
    times, frames = poses(real_data, "liveportrait_d3.mp4")
    gaze = frames[:, INDEX["iris_rotation_y"]]
    assert gaze[(times > 10.7) & (times < 11.1)].max() < -0.9
    assert gaze[-1] > 0.9


def test_kisses_and_smiles_are_told_apart(real_data: Path) -> None:
    times, frames = poses(real_data, "liveportrait_d9.mp4")
    kiss, smile = (times > 3.9) & (times < 4.1), (times > 10) & (times < 12)
    assert frames[kiss, INDEX["mouth_uuu"]].min() > 0.9
    for side in ("left", "right"):
        corner = frames[:, INDEX[f"mouth_raised_corner_{side}"]]
        assert corner[smile].min() > 0.9
        assert corner[kiss].max() < 0.1


def test_blinks_of_both_eyes_are_few_short_and_complete(real_data: Path) -> None:
    times, frames = poses(real_data, "liveportrait_d9.mp4")
    closed = frames[:, [INDEX["eye_wink_left"], INDEX["eye_happy_wink_left"]]].sum(axis=1)
    begun = np.flatnonzero((closed[:-1] < 0.8) & (closed[1:] >= 0.8))
    assert 8 <= len(begun) <= 40
    assert (closed > 0.8).mean() < 0.3
    assert times[begun[0]] == pytest.approx(0.5, abs=0.2)


def test_the_first_picture_as_neutral_makes_it_the_rest_pose(real_data: Path) -> None:
    _, values, head = next(faces(real_data, "liveportrait_d9.mp4"))
    pose = to_pose(values, head, neutral=Neutral(head, values))
    assert np.abs(pose[INDEX["iris_rotation_x"] :]).max() == 0
    assert np.abs(pose).max() < 0.3


def test_a_range_of_motion_by_arkit_reaches_the_whole_face(real_data: Path) -> None:
    with (real_data / "mocap" / "livelinkface_alex_rom_3.csv").open() as file:
        rows = list(csv.DictReader(file))
    values = [
        {name[0].lower() + name[1:]: float(number) for name, number in row.items() if name != "Timecode"}
        for row in rows[::10]
    ]
    frames = np.stack([to_pose(face, None) for face in values])
    assert (frames >= MINIMUM).all()
    assert (frames <= MAXIMUM).all()
    for name in ("eyebrow_angry", "eyebrow_raised", "eye_wink", "eye_surprised", "mouth_raised_corner"):
        for side in ("left", "right"):
            assert frames[:, INDEX[f"{name}_{side}"]].max() > 0.9, name
    for name in ("mouth_aaa", "mouth_uuu", "mouth_eee"):
        assert frames[:, INDEX[name]].max() > 0.8, name
    gaze = frames[:, INDEX["iris_rotation_y"]]
    assert gaze.min() < -0.9
    assert gaze.max() > 0.9
