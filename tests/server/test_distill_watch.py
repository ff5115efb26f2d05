import io
import json
import math
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from PIL import Image

from models.distill.history import History
from models.distill.measure import Trial
from models.distill.recipe import PAPER
from models.sample import sample_character
from models.team import Team
from server.distill_watch import curves, sheet, watching


def trial() -> Trial:
    picture = sample_character("ada").picture
    return Trial(np.zeros(45, np.float32), picture, picture)


def test_the_sheet_has_a_row_for_each_pose() -> None:
    with Image.open(io.BytesIO(sheet([trial(), trial()]))) as image:
        assert (image.format, image.size) == ("PNG", (768, 512))


def test_the_curves_show_likeness_losses_and_phases() -> None:
    history = History()
    history.learnt(1, 0.5, 0.25)
    history.learnt(1500, 0.4, 0.2)
    history.measured(1, 30.0)
    history.measured(1500, 37.12)
    told = texts(curves(history, PAPER, 1500))
    assert {"PSNR (dB)", "loss, face", "loss, body", "phase 1", "phase 3", "step", "1,000"} <= told
    assert {"30", "38", "37.12 dB"} <= told and "10" not in told


def test_the_curves_reach_to_the_newest_step_of_a_run_that_goes_on() -> None:
    history = History()
    history.learnt(500, 0.5, 0.25)
    told = texts(curves(history, PAPER, 1500))
    assert {"phase 1", "phase 2", "500"} <= told
    assert not {"phase 3", "1,000"} & told


def texts(drawn: str) -> set[str | None]:
    return {text.text for text in ElementTree.fromstring(drawn).iter("{http://www.w3.org/2000/svg}text")}


def test_curves_of_a_run_that_learnt_nothing_or_is_perfect_can_be_drawn() -> None:
    assert curves(History(), PAPER, 0).startswith("<svg")
    perfect = History()
    perfect.measured(0, math.inf)
    perfect.measured(10, 30.0)
    assert "inf" not in curves(perfect, PAPER, 20)
    for loss in (0.0, math.nan, math.inf):
        perfect.learnt(11, loss, loss)
    drawn = curves(perfect, PAPER, 20)
    assert "inf" not in drawn and "nan" not in drawn


def test_a_phase_is_written_down(tmp_path: Path) -> None:
    with watching(tmp_path, Team()) as watch:
        watch.phase("finding the organs of the face")
    assert json.loads((tmp_path / "progress.json").read_text())["phase"] == "finding the organs of the face"
