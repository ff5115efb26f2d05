import json
from pathlib import Path

import numpy as np
import pytest
import torch

from models.pictures import PictureError, write_picture
from models.training.course import TrainingError
from models.training.triples import INDEX, line_of, read_folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, value in (("rest", -0.5), ("posed", 0.5)):
        (tmp_path / name).mkdir()
        picture = torch.full((4, 512, 512), value)
        picture[3] = 1
        write_picture(picture, tmp_path / name / "a.png")
    pose = np.zeros(45, np.float32)
    pose[40] = 0.25
    (tmp_path / INDEX).write_text(line_of("rest/a.png", "posed/a.png", pose))
    return tmp_path


def test_an_example_is_two_pictures_and_a_pose(folder: Path) -> None:
    triples = read_folder(folder)
    assert len(triples) == 1
    one = triples[0]
    assert one.rest.shape == one.posed.shape == (4, 512, 512)
    assert float(one.rest[0].mean()) == pytest.approx(-0.5, abs=0.01)
    assert float(one.posed[0].mean()) == pytest.approx(0.5, abs=0.01)
    assert one.pose[40] == 0.25 and one.pose.sum() == 0.25


def test_a_pose_may_be_a_map(folder: Path) -> None:
    line = {"rest": "rest/a.png", "posed": "posed/a.png", "pose": {"head_x": -1}}
    (folder / INDEX).write_text(json.dumps(line) + "\n\n")
    assert read_folder(folder)[0].pose[39] == -1


def test_another_index_has_another_checksum(folder: Path) -> None:
    before = read_folder(folder).checksum
    (folder / INDEX).write_text((folder / INDEX).read_text() * 2)
    assert read_folder(folder).checksum != before


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("{", "Line 2 of triples.jsonl is not JSON"),
        ("[]", "Line 2 of triples.jsonl must have rest, posed and pose"),
        ('{"rest": "rest/a.png", "pose": []}', "Line 2 of triples.jsonl must have rest, posed and pose"),
        ('{"rest": "b.png", "posed": "posed/a.png", "pose": {}}', "Line 2 .* names a picture .* 'b.png'"),
        ('{"rest": "../a.png", "posed": "posed/a.png", "pose": {}}', "Line 2 .* names a picture .* '../a"),
        ('{"rest": 5, "posed": "posed/a.png", "pose": {}}', "Line 2 .* names a picture .* '5'"),
        ('{"rest": "rest/a.png", "posed": "posed/a.png", "pose": [1]}', "Line 2 .*: A pose must be 45"),
        ('{"rest": "rest/a.png", "posed": "posed/a.png", "pose": {"x": 1}}', "Line 2 .*: There is no pose"),
    ],
)
def test_a_line_that_is_no_example_is_named(folder: Path, line: str, sentence: str) -> None:
    with (folder / INDEX).open("a") as file:
        file.write(line)
    with pytest.raises(TrainingError, match=sentence):
        read_folder(folder)


def test_a_folder_without_examples_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"holds no triples\.jsonl"):
        read_folder(tmp_path)
    (tmp_path / INDEX).write_text("\n")
    with pytest.raises(TrainingError, match="holds no examples"):
        read_folder(tmp_path)


def test_a_picture_that_is_none_is_named_when_it_is_needed(folder: Path) -> None:
    (folder / "posed" / "a.png").write_bytes(b"no picture")
    triples = read_folder(folder)
    with pytest.raises(PictureError, match=r"a\.png must be a PNG"):
        triples[0]
