import io
import math
import sys
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np
import pytest
from PIL import Image

from server import tracking_bench
from server.cli import main
from server.settings import SettingsError
from server.tracking_bench import Look, bench_pictures, bench_poses, read_clip, steadiness

STILL = [1.0, 0, 0, 0, 0, 1.0, 0, 0, 0, 0, 1.0, 0, 0, 0, 0, 1.0]
# Sees a face in every picture but the second.
WORKER = """
import sys
from server.tracking_worker import read, write
write(sys.stdout.buffer, {"ready": True})
count = 0
while read(sys.stdin.buffer) is not None:
    count += 1
    face = {"values": {"jawOpen": 0.5}, "matrix": [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]}
    write(sys.stdout.buffer, {"face": None if count == 2 else face})
"""


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "face.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        for number in range(8):
            frame = av.VideoFrame.from_ndarray(np.full((360, 640, 3), 20 * number, np.uint8), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def test_a_film_becomes_the_pictures_that_a_page_would_send(film: Path) -> None:
    clip = read_clip(film)
    assert (len(clip.pictures), clip.fps) == (8, 25.0)
    with Image.open(io.BytesIO(clip.pictures[0])) as picture:
        assert (picture.format, picture.size) == ("JPEG", (320, 180))


def test_what_is_no_film_is_told(tmp_path: Path) -> None:
    (tmp_path / "face.mp4").write_text("no film")
    with pytest.raises(SettingsError, match="no film that can be read"):
        read_clip(tmp_path / "face.mp4")


async def test_every_picture_goes_both_ways_and_faces_are_kept(
    film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments: list[int | str] = []
    bare = SimpleNamespace(
        detect_for_video=lambda image, moment: moments.append(moment), close=lambda: moments.append("closed")
    )
    monkeypatch.setattr(tracking_bench, "landmarker", lambda path: bare)
    monkeypatch.setattr(tracking_bench, "as_image", lambda picture: picture)
    monkeypatch.setattr(tracking_bench, "worker_command", lambda path: [sys.executable, "-c", WORKER])
    rows, looks = await bench_pictures(read_clip(film), Path("model"))
    assert moments == [*(40 * number for number in range(8)), "closed"]
    assert [look.seconds for look in looks] == [number / 25 for number in (0, 2, 3, 4, 5, 6, 7)]
    assert [row["what"] for row in rows] == ["bare", "tracked"]
    assert rows[0]["against_bare"] == 1.0
    assert rows[1]["against_bare"] == rows[1]["median_ms"] / rows[0]["median_ms"]
    assert math.isnan(rows[1]["process_ms"])


def looks(*blinks: float) -> list[Look]:
    both = [{"eyeBlinkLeft": value, "eyeBlinkRight": value} for value in blinks]
    return [Look(number / 30, values, STILL) for number, values in enumerate(both)]


def test_the_steps_of_a_pose_are_told_and_their_sum() -> None:
    rows = bench_poses(looks(*[0.0] * 20))
    assert [row["step"] for row in rows][-1] == "all of it"
    assert rows[-1]["us"] == pytest.approx(sum(row["us"] for row in rows[:-1]))
    assert all(row["us"] > 0 for row in rows)


def test_blinks_are_found_in_both_eyes_and_heads_that_keep_still_do_not_tremble() -> None:
    *angles, lids = steadiness(looks(*[0.0] * 10, 0.4, 0.7, 0.7, 0.1, *[0.0] * 10), 30)
    assert [row["what"] for row in angles] == ["head_x", "head_y", "neck_z"]
    assert all(math.isnan(row["trembling"]) for row in angles)
    assert lids["blinks"] == 2
    assert lids["depth"] > 0.9
    assert lids["late_ms"] <= 40


def test_a_clip_without_a_blink_says_so() -> None:
    lids = steadiness(looks(*[0.0] * 20), 30)[-1]
    assert lids["blinks"] == 0
    assert math.isnan(lids["depth"])


def test_the_command_asks_for_a_film(sample_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "tracking", "--characters", str(sample_folder)]) == 2
    assert capsys.readouterr().err == "bunraku: Tracking is measured on a film of a face: --clip FILE.\n"


def test_the_command_says_where_a_face_model_is_missing(
    sample_folder: Path, film: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--clip", str(film), "--face-model", "/nowhere.task"]
    assert main(["bench", "tracking", "--characters", str(sample_folder), *options]) == 2
    assert "There is no face model at /nowhere.task." in capsys.readouterr().err
