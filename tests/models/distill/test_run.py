from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from models.character import is_character, load_character
from models.distill.checkpoint import STATE
from models.distill.run import Saving, run
from models.distill.training import Training


def test_a_run_saves_on_the_way_and_at_its_end(make: Callable[[], Training], tmp_path: Path) -> None:
    steps: list[int] = []
    saved: list[tuple[int, bool]] = []
    training = make()
    ended = run(
        training,
        tmp_path / "ada",
        "Ada",
        Saving(steps=2),
        lambda face_loss, body_loss: steps.append(training.step),
        lambda: saved.append((training.step, (tmp_path / "ada" / STATE).exists())),
        lambda: False,
    )
    assert ended
    assert load_character(tmp_path / "ada").name == "Ada"
    assert steps == [1, 2, 3]
    assert saved == [(2, True), (3, False)]


def test_a_stopped_run_leaves_what_it_takes_to_go_on(make: Callable[[], Training], tmp_path: Path) -> None:
    training = make()
    ended = run(
        training, tmp_path / "ada", "Ada", Saving(), lambda *_: None, lambda: None, lambda: training.step == 1
    )
    assert not ended
    assert is_character(tmp_path / "ada")
    assert (tmp_path / "ada" / STATE).is_file()


def test_a_folder_is_brought_up_to_date_by_steps_or_by_seconds() -> None:
    assert [Saving(steps=3).due(step, 1000.0, 0.0) for step in (2, 3, 4, 6)] == [False, True, False, True]
    assert [Saving().due(7, passed, 1000.0) for passed in (59.9, 60.0)] == [False, True]


@pytest.mark.parametrize(
    ("before", "seconds"), [(0.0, 5.0), (5.0, 5.0), (10.0, 10.0), (40.0, 40.0), (80.0, 60.0)]
)
def test_a_run_that_begins_is_looked_at_soon(before: float, seconds: float) -> None:
    assert not Saving().due(7, seconds - 0.1, before)
    assert Saving().due(7, seconds, before)


def one_step(training: Training, folder: Path, clock: Callable[[], float]) -> None:
    run(training, folder, "Ada", Saving(), lambda *_: None, lambda: None, lambda: training.step == 1, clock)


def test_the_seconds_of_a_run_go_on_from_those_before(make: Callable[[], Training], tmp_path: Path) -> None:
    ticks = iter(range(100, 200, 10))
    training = make()
    training.spent = 7.0
    one_step(training, tmp_path / "ada", lambda: float(next(ticks)))
    # The clock is read at the start, and after the step.
    assert training.spent == 17.0


def test_what_comes_before_the_first_step_takes_none_of_its_time(
    make: Callable[[], Training], teacher: Any, tmp_path: Path
) -> None:
    training = make()
    one_step(training, tmp_path / "ada", lambda: float(teacher.asked))
    assert (teacher.asked, training.spent) == (2, 0)
