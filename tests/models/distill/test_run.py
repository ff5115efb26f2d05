from collections.abc import Callable
from pathlib import Path

from models.character import is_character
from models.distill.checkpoint import STATE
from models.distill.run import run
from models.distill.training import Training


def test_a_run_saves_on_the_way_and_at_its_end(make: Callable[[], Training], tmp_path: Path) -> None:
    steps: list[int] = []
    saved: list[tuple[int, bool]] = []
    training = make()
    ended = run(
        training,
        tmp_path / "ada",
        2,
        lambda step, face_loss, body_loss: steps.append(step),
        lambda: saved.append((training.step, (tmp_path / "ada" / STATE).exists())),
        lambda: False,
    )
    assert ended
    assert steps == [1, 2, 3]
    assert saved == [(2, True), (3, False)]


def test_a_stopped_run_leaves_what_it_takes_to_go_on(make: Callable[[], Training], tmp_path: Path) -> None:
    training = make()
    ended = run(
        training, tmp_path / "ada", 9, lambda *_, **__: None, lambda: None, lambda: training.step == 1
    )
    assert not ended
    assert is_character(tmp_path / "ada")
    assert (tmp_path / "ada" / STATE).is_file()
