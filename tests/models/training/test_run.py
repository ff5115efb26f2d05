from collections.abc import Callable, Mapping
from pathlib import Path

from models.training.checkpoint import state_in, weights_in
from models.training.run import run
from models.training.training import Training

Make = Callable[..., Training]


def test_a_run_reaches_its_end_and_is_kept_on_the_way(make: Make, tmp_path: Path) -> None:
    training = make()
    losses: list[Mapping[str, float]] = []
    saved: list[int] = []

    def on_saved() -> None:
        saved.append(training.step)

    assert run(training, tmp_path, 1, losses.append, on_saved, lambda: False)
    assert [loss.keys() for loss in losses] == [{"warped", "direct", "merged"}] * 3
    assert saved == [1, 2, 3]
    assert not state_in(tmp_path, "body_morpher").exists()


def test_a_run_that_is_stopped_is_kept_to_go_on(make: Make, tmp_path: Path) -> None:
    training = make()
    assert not run(training, tmp_path, 9, lambda _: None, lambda: None, lambda: training.step == 1)
    assert training.step == 1
    assert state_in(tmp_path, "body_morpher").exists()


def test_a_process_without_a_folder_writes_nothing(make: Make, tmp_path: Path) -> None:
    saved: list[int] = []
    assert run(make(), None, 1, lambda _: None, lambda: saved.append(1), lambda: False)
    assert not saved and not weights_in(tmp_path, "body_morpher").exists()
