import math
from typing import Any

import pytest
import torch

from models.sample import sample_character
from models.teachers.system import System
from models.training.course import TrainingError
from models.training.feed import Batch, batched
from models.training.measure import by_system, measured
from models.training.triples import Triple


def test_what_is_shown_is_measured_against_the_posed_picture(triples: Any) -> None:
    asked: list[int] = []

    def perfect(batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        asked.append(len(batch.rest))
        return batch.posed, batch.posed

    found = measured(perfect, triples, 3)
    assert (found.psnr, found.lpips) == (math.inf, None)
    assert found.ssim == pytest.approx(1, abs=2e-4)
    assert asked == [1, 1, 1]


def test_no_more_examples_are_measured_than_there_are(triples: Any) -> None:
    assert measured(lambda batch: (batch.posed, batch.posed), triples, 99).ssim == pytest.approx(1, abs=2e-4)
    with pytest.raises(TrainingError, match="at least one example"):
        measured(lambda batch: (batch.posed, batch.posed), triples, 0)


def test_a_full_systems_body_networks_turn_the_picture_at_rest(separable: System, triples: Any) -> None:
    picture = sample_character("ada").picture
    example = Triple(picture, triples[0].pose, picture)
    batch = batched([example])
    made, posed = by_system(separable, torch.device("cpu"))(batch)
    assert torch.equal(posed[0], picture)
    with torch.inference_mode():
        assert torch.equal(made, separable.turned(batch.rest, batch.poses)[1].merged)
