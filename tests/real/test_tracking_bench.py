"""A real clip through the measures of face tracking."""

from pathlib import Path

import pytest

from models.character import save_character
from models.sample import sample_character
from models.tracks import read_poses
from server import tracking_neighbours
from server.bench import running_server
from server.performing import Plan
from server.tracking_bench import Clip, bench_pictures, bench_poses, read_clip, steadiness
from server.tracking_neighbours import bench_neighbours

pytest.importorskip("mediapipe", reason="The package mediapipe is not installed.")

MODEL = Path("mediapipe") / "face_landmarker.task"


async def test_a_picture_becomes_a_pose_in_little_more_than_mediapipe_alone_takes(real_data: Path) -> None:
    clip = read_clip(real_data / "webcam" / "asl_yes.mkv")
    ratios = []
    for _ in range(3):  # a machine that does something else meanwhile is given another chance
        (_, tracked), looks = await bench_pictures(clip, real_data / MODEL)
        ratios.append(tracked["against_bare"])
        if ratios[-1] <= 1.3:
            break
    assert ratios[-1] <= 1.3, ratios
    assert len(looks) == len(clip.pictures)
    lids = steadiness(looks, clip.fps)[-1]
    assert lids["blinks"] >= 2
    assert lids["depth"] >= 0.9
    assert lids["late_ms"] <= 40
    assert bench_poses(looks)[-1]["us"] < 500  # some 50, where nothing else runs


async def test_four_tracked_sessions_leave_a_fifth_its_frames(
    real_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracking_neighbours, "_ROUNDS", 1)
    for number, name in enumerate(("ada", "bea")):
        save_character(sample_character(name, number), tmp_path / name)
    clip = read_clip(real_data / "webcam" / "asl_yes.mkv")
    few = Clip(clip.pictures[:30], clip.fps)
    plan = Plan(["ada", "bea"], read_poses(real_data / "poses" / "motion_20fps.npz"), 5.0, 128, "jpeg", 3.0)
    folder = str(tmp_path)
    async with running_server("--characters", folder, "--face-model", str(real_data / MODEL)) as address:
        alone, beside = await bench_neighbours(address, plan, few.pictures, 0.01)
    assert beside["tracked"] > 4
    assert beside["fps"] > 0.6 * alone["fps"]
    assert beside["p50_ms"] < 2000 / plan.fps
