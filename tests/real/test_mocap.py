"""Recordings of real phones, read by the client and shown by the character."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from bunraku_client.mocap import ifacialmocap, livelink
from bunraku_client.mocap.tracked import ARKIT
from models.blendshapes import to_pose
from models.pose import INDEX


def test_a_real_packet_says_all_and_its_head_looks_up(real_data: Path) -> None:
    tracked = ifacialmocap.read((real_data / "mocap" / "ifacialmocap_packet.txt").read_bytes().strip())
    assert set(tracked.blendshapes) == ARKIT
    assert tracked.blendshapes["browInnerUp"] == pytest.approx(0.20)
    assert tracked.head == pytest.approx((-21.488958, -6.038993, -6.6019735))
    pose = to_pose(tracked.blendshapes, tracked.head)
    assert pose[INDEX["head_x"]] > 0.3  # pitch < 0 lifts the chin


def test_a_nod_lowers_the_characters_chin(real_data: Path) -> None:
    text = (real_data / "mocap" / "ifacialmocap_packet.txt").read_bytes().strip()
    nod = ifacialmocap.read(text.replace(b"head#-21.488958", b"head#15"))
    assert to_pose(nod.blendshapes, nod.head)[INDEX["head_x"]] < -0.2


def test_a_range_of_motion_moves_the_whole_face(real_data: Path) -> None:
    rows = livelink.read_file(real_data / "mocap" / "livelinkface_alex_rom_3.csv")
    assert len(rows) == 4030
    poses = np.stack([to_pose(row.blendshapes, row.head) for row in rows[::5]])
    for name in ("eye_wink_left", "eye_wink_right", "mouth_aaa", "iris_rotation_x", "iris_rotation_y"):
        assert np.ptp(poses[:, INDEX[name]]) > 0.5, name
    assert np.ptp(poses[:, INDEX["head_x"]]) == 0  # this recording's head is still


def test_the_recordings_yaw_is_to_the_right_and_the_protocols_to_the_left(
    real_data: Path,
) -> None:
    with (real_data / "mocap" / "livelinkface_alex_rom_3.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    columns = {name: np.array([float(row[name]) for row in rows]) for name in rows[0] if "Eye" in name}
    down = columns["EyeLookDownLeft"] - columns["EyeLookUpLeft"]
    left = columns["EyeLookOutLeft"] - columns["EyeLookInLeft"]
    assert np.corrcoef(columns["LeftEyePitch"], down)[0, 1] > 0.8
    assert np.corrcoef(columns["LeftEyeYaw"], left)[0, 1] < -0.8


def test_a_phones_angles_have_the_protocols_axes(real_data: Path) -> None:
    text = (real_data / "mocap" / "ifacialmocap_packet.txt").read_text("ascii")
    eyes = {name: bone.split(",") for name, _, bone in (part.partition("#") for part in text.split("|"))}
    shapes = ifacialmocap.read(text.encode()).blendshapes
    assert shapes["eyeLookInLeft"] > 0.0 < shapes["eyeLookInRight"]
    assert float(eyes["leftEye"][1]) < 0 < float(eyes["rightEye"][1])  # yaw > 0 is to the person's own left
    assert shapes["eyeLookDownLeft"] > 0.0 < float(eyes["leftEye"][0])  # pitch > 0 is down
