from collections.abc import Awaitable, Callable
from typing import Any

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="session")
Call = Callable[..., Awaitable[Any]]

SIDED = [
    *(f"eyebrow_{mood}" for mood in ("troubled", "angry", "lowered", "raised", "happy", "serious")),
    *(
        f"eye_{mood}"
        for mood in ("wink", "happy_wink", "surprised", "relaxed", "unimpressed", "raised_lower_eyelid")
    ),
    "iris_small",
    "mouth_lowered_corner",
    "mouth_raised_corner",
]
UNSIDED = [f"mouth_{shape}" for shape in ("aaa", "iii", "uuu", "eee", "ooo", "delta", "smirk")]
TURNS = ["iris_rotation_x", "iris_rotation_y", "head_x", "head_y", "neck_z", "body_y", "body_z"]
NAMES = [*(f"{stem}_{side}" for stem in SIDED for side in ("left", "right")), *UNSIDED, *TURNS, "breathing"]
LEAST = [-1 if name in TURNS else 0 for name in NAMES]
PARAMETERS = {
    "names": NAMES,
    "min": LEAST,
    "max": [1] * 45,
    "default": [0] * 45,
}
PREAMBLE = "const {Pose} = await import('/web/js/pose.js'); const pose = new Pose(parameters);"


async def on_a_pose(call: Call, body: str) -> Any:
    return await call("presets.js", f"async (m, parameters) => {{ {PREAMBLE} {body} }}", PARAMETERS)


async def test_presets_are_within_range_and_name_real_parameters(call: Call) -> None:
    presets = await call("presets.js", "m => m.PRESETS")
    assert {"smile", "surprised", "angry", "sleepy", "wink", "aaa"} <= {preset["id"] for preset in presets}
    for preset in presets:
        assert set(preset["values"]) <= set(NAMES)
        assert all(-1 <= value <= 1 and value != 0 for value in preset["values"].values())


async def test_a_preset_sets_the_whole_face_and_leaves_the_head(call: Call) -> None:
    face = await on_a_pose(call, "return m.faceOf(m.PRESETS.find((p) => p.id === 'aaa'), pose);")
    assert face["mouth_aaa"] == 1
    assert face["eye_wink_left"] == 0
    assert not {"head_x", "neck_z", "body_y", "breathing"} & set(face)
    assert len(face) == 39


async def test_a_random_pose_is_one_that_a_face_could_have(call: Call) -> None:
    poses = await on_a_pose(call, "return Array.from({length: 200}, () => m.randomPose(pose));")
    assert len({tuple(pose.values()) for pose in poses}) == 200
    for pose in poses:
        assert set(pose) == set(NAMES)
        assert all(least <= pose[name] <= 1 for name, least in zip(NAMES, LEAST, strict=True))
        brows = {name.rsplit("_", 1)[0] for name in NAMES if name.startswith("eyebrow") and pose[name] > 0}
        vowels = [name for name in UNSIDED if pose[name] > 0]
        assert len(brows) == 1
        assert len(vowels) <= 1
        assert all(abs(pose[f"{stem}_left"] - pose[f"{stem}_right"]) <= 0.15 for stem in SIDED)
