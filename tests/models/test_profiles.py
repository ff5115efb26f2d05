from pathlib import Path
from typing import Any

import pytest

from models.blendshapes import to_pose
from models.measures import Ramp
from models.pose import INDEX, PoseError
from models.profiles import PRESETS, find_profile, profile_of


def smile(profile: str) -> float:
    face = {"mouthSmileLeft": 0.4, "mouthSmileRight": 0.4}
    return float(to_pose(face, None, profile=PRESETS[profile])[INDEX["mouth_raised_corner_left"]])


def test_a_lively_smile_is_broader_than_a_natural_one_and_a_subtle_one_less() -> None:
    assert smile("subtle") < smile("natural") < smile("lively")


@pytest.mark.parametrize("preset", PRESETS)
def test_a_blink_is_whole_under_every_preset(preset: str) -> None:
    face = {"eyeBlinkLeft": 0.6, "eyeBlinkRight": 0.6}
    assert to_pose(face, None, profile=PRESETS[preset])[INDEX["eye_wink_left"]] == 1.0


def test_a_file_changes_what_it_names_of_its_preset(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        'preset = "subtle"\nbrow_down_as = "serious"\nblink = [0.2, 0.5]\nbody_yaw = [10, 45, 0.5]\n'
    )
    profile = find_profile(str(path))
    assert profile.brow_down_as == "serious"
    assert profile.blink == Ramp(0.2, 0.5)
    assert profile.body_yaw == Ramp(10, 45, 0.5)
    assert profile.smile == PRESETS["subtle"].smile


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"preset": "wild"}, "There is no preset 'wild'"),
        ({"tail": [0, 1]}, "has no 'tail'"),
        ({"blink": [0.5, 0.2]}, "blink must be"),
        ({"blink": 3}, "blink must be"),
        ({"blink": ["a", "b"]}, "blink must be"),
        ({"brow_down_as": "cross"}, "brow_down_as must be one of angry"),
        ({"brow_down_as": ["angry"]}, "brow_down_as must be one of angry"),
    ],
)
def test_what_a_profile_cannot_be_is_refused_in_a_sentence(values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(PoseError, match=sentence):
        profile_of(values)


def test_an_unknown_name_and_a_file_of_no_use_are_refused(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("blink = [")
    for name, sentence in (
        ("wild", "There is no tracking profile 'wild'; there are natural, lively, subtle"),
        (str(tmp_path / "none.toml"), "cannot be read: No such file"),
        (str(tmp_path / "bad.toml"), "is not TOML"),
    ):
        with pytest.raises(PoseError, match=sentence):
            find_profile(name)
