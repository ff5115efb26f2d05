import base64
import io
import re

import numpy as np
import pytest
import torch
from PIL import Image

from models.distill.measure import Trial
from models.distill.report import by_parameter, page, scored, side_by_side, summary
from models.pose import INDEX
from models.sample import sample_character


def trial(error: float, **values: float) -> Trial:
    pose, picture = np.zeros(45, np.float32), sample_character("ada").picture
    for name, value in values.items():
        pose[INDEX[name]] = value
    return Trial(pose, (picture + error).clamp(-1, 1), picture)


TRIALS = [trial(0.02, mouth_aaa=1), trial(0.2, mouth_aaa=0.5, head_x=-1), trial(0.1, head_x=0.2)]


def test_the_worst_pose_comes_first() -> None:
    scores = scored(TRIALS)
    assert [TRIALS.index(one) for one in scores.worst] == [1, 2, 0]
    assert scores.rows[0].psnr == pytest.approx(TRIALS[1].likeness.psnr)


def test_pictures_are_kept_of_the_worst_only() -> None:
    scores = scored(iter(TRIALS), worst=1)
    assert (len(scores.rows), scores.worst) == (3, [TRIALS[1]])


def test_each_parameter_is_judged_by_the_poses_that_use_it() -> None:
    scores = scored(TRIALS)
    worst, middle, best = scores.rows
    (first, *first_scores), (second, *second_scores) = by_parameter(scores.rows)
    assert (first, second) == ("head_x", "mouth_aaa")
    assert first_scores == pytest.approx([1, worst.psnr, worst.ssim])
    assert second_scores == pytest.approx([2, (worst.psnr + best.psnr) / 2, (worst.ssim + best.ssim) / 2])
    assert worst.psnr < middle.psnr < best.psnr


def test_a_row_shows_teacher_student_and_their_difference() -> None:
    picture = np.asarray(side_by_side([trial(0), TRIALS[1]]))
    assert picture.shape == (1024, 1536, 3)
    assert np.array_equal(picture[:512, :512], picture[:512, 512:1024])
    assert not picture[:512, 1024:].any()
    assert picture[512:, 1024:].any()


def test_the_page_carries_its_pictures_and_its_figures() -> None:
    scores = scored(TRIALS, worst=2)
    text = page("Ada <3", scores)
    assert "<h1>Ada &lt;3 against" in text
    assert summary(scores) in text
    assert "http" not in text
    data = re.search(r"base64,([^\"]+)", text)
    assert data is not None
    with Image.open(io.BytesIO(base64.b64decode(data[1]))) as image:
        assert image.size == (768, 256)
    assert text.count("<figure>") == 2
    assert (
        f"{scores.rows[0].psnr:.2f} dB, SSIM {scores.rows[0].ssim:.4f}: head_x -1.00, mouth_aaa 0.50<" in text
    )
    assert f"<td>head_x</td><td>1</td><td>{scores.rows[0].psnr:.2f}</td><td>" in text
    assert re.search("No pose uses body_y, body_z, .*, neck_z so much", text)


def test_the_summary_gives_mean_and_worst() -> None:
    scores = scored(TRIALS)
    mean = sum(row.psnr for row in scores.rows) / 3
    assert f"3 poses: mean {mean:.2f} dB, worst {scores.rows[0].psnr:.2f} dB" in summary(scores)
    assert summary(scores).endswith(f", worst {min(row.ssim for row in scores.rows):.4f}.")


def test_pictures_over_the_range_are_shown_all_the_same() -> None:
    one = Trial(np.zeros(45, np.float32), torch.full((4, 512, 512), 3.0), torch.full((4, 512, 512), 1.0))
    assert not np.asarray(side_by_side([one]))[:, 1024:].any()
