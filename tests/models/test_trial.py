"""An engine may draw where it draws the same, and no more slowly; else it is told why not."""

import time
from collections.abc import Sequence

import pytest
import torch

from models import pictures, planes, trial
from models.engine import Request, View
from models.folded import FoldedEngine
from models.pictures import Background
from models.trial import misshown, unfit, unfit_on

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def untried() -> None:
    unfit_on.cache_clear()


class Steady(FoldedEngine):
    """Takes as long as it is told for a batch, which is drawn small."""

    seconds = 0.0

    def draw(self, requests: Sequence[Request]) -> list[torch.Tensor]:
        time.sleep(self.seconds)
        return super().draw([Request(one.character, one.pose, View(128)) for one in requests[:2]])


class Slow(Steady):
    seconds = 0.5


class Foggy(Steady):
    """Draws everything a little lighter."""

    def draw(self, requests: Sequence[Request]) -> list[torch.Tensor]:
        return [frame + 0.05 for frame in super().draw(requests)]


class Blind(Steady):
    def draw(self, requests: Sequence[Request]) -> list[torch.Tensor]:
        return [frame * torch.nan for frame in super().draw(requests)]


def test_what_draws_the_same_and_takes_no_longer_is_fit() -> None:
    assert unfit(Steady(CPU), Slow(CPU)) is None


@pytest.mark.parametrize(
    ("engine", "reason"),
    [
        (Slow(CPU), "is slower than the folded one here"),
        (Foggy(CPU), "draws other pictures than the folded one here (32 dB)"),
        (Blind(CPU), "draws other pictures than the folded one here (-inf dB)"),
    ],
)
def test_what_draws_otherwise_or_takes_longer_is_not(engine: Steady, reason: str) -> None:
    assert unfit(engine, Steady(CPU)) == reason


class Plain:
    """Bytes as torch makes them, but for what is added to those of some layouts."""

    def __init__(self, *, to_pictures: int = 0, to_alpha: int = 0) -> None:
        self._to_pictures = to_pictures
        self._to_alpha = to_alpha

    def to_display(self, frames: torch.Tensor, background: Background = None) -> torch.Tensor:
        return brighter(pictures.to_display(frames, background), self._to_pictures)

    def to_planes(
        self, frames: torch.Tensor, background: Background = None, *, stacked: bool = False
    ) -> torch.Tensor:
        made = planes.to_planes(frames, background, stacked=stacked)
        return brighter(made, self._to_alpha) if stacked else made


def brighter(made: torch.Tensor, steps: int) -> torch.Tensor:
    return (made.int() + steps).clamp(max=255).to(torch.uint8)


FRAMES = torch.rand(2, 4, 8, 10, generator=torch.Generator().manual_seed(0)) * 2 - 1


@pytest.mark.parametrize("display", [Plain(), Plain(to_pictures=1, to_alpha=1)])
def test_bytes_that_are_one_step_off_will_do(display: Plain) -> None:
    assert misshown(display, FRAMES) is None


@pytest.mark.parametrize("display", [Plain(to_pictures=2), Plain(to_alpha=2)])
def test_other_bytes_will_not(display: Plain) -> None:
    assert misshown(display, FRAMES) == "makes other bytes of pictures than torch here"


def test_what_fails_in_a_process_of_its_own_is_one_sentence_here() -> None:
    assert unfit_on(CPU) == (
        "fails here (models.engines.EngineError: The triton engine draws on a CUDA or ROCm GPU, not on cpu.)"
    )


def test_a_trial_that_does_not_end_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "_SECONDS", 0.01)
    assert unfit_on(CPU) == "was not ready within 0 seconds"
