"""What is recorded does the same with the numbers that come next, and is recorded only when it pays."""

from collections.abc import Callable

import pytest
import torch

from models.fused.graphs import ROOM, Graphs, on_cuda, recorder_for
from tapes import Tape

CPU = torch.device("cpu")


class Sum:
    """Adds by one launch."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self.calls = 0

    def __call__(self, one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        out = torch.full_like(one, torch.nan)
        self._tape.launch(lambda: torch.add(one, other, out=out))
        return out


def numbers(*values: float) -> list[torch.Tensor]:
    return [torch.tensor([float(value)]) for value in values]


def test_what_comes_again_is_recorded_and_then_repeated_with_its_own_numbers() -> None:
    tape = Tape()
    graphs, work = Graphs(CPU, tape.record), Sum(tape)
    for number in range(5):
        placed, result = graphs.run("sum", numbers(number, 10), work)
        assert [float(one) for one in (*placed, result)] == [number, 10, number + 10]
    assert (work.calls, tape.recorded, tape.repeated) == (2, 1, 4)


def test_what_does_not_come_again_is_not_recorded() -> None:
    tape = Tape()
    graphs, work = Graphs(CPU, tape.record), Sum(tape)
    for key in range(9):
        assert float(graphs.run(key, numbers(key, 1), work)[1]) == key + 1
    assert (work.calls, tape.recorded) == (9, 0)


def test_other_work_has_a_recording_of_its_own() -> None:
    tape = Tape()
    graphs, work = Graphs(CPU, tape.record), Sum(tape)
    for number in range(4):
        for key in "ab":
            assert float(graphs.run(key, numbers(number, ord(key)), work)[1]) == number + ord(key)
    assert (work.calls, tape.recorded) == (4, 2)


def test_what_was_used_longest_ago_gives_way() -> None:
    tape = Tape()
    graphs, work = Graphs(CPU, tape.record), Sum(tape)
    for key in [0, 0, *range(1, ROOM), 0, ROOM, 0]:
        graphs.run(key, numbers(1, 2), work)
    assert tape.recorded == 1
    for key in [1, *range(ROOM + 1, 2 * ROOM), 0, 0]:
        graphs.run(key, numbers(1, 2), work)
    assert tape.recorded == 2


def test_the_numbers_that_were_given_are_left_alone() -> None:
    tape = Tape()
    graphs, work = Graphs(CPU, tape.record), Sum(tape)
    given = [numbers(number, 1) for number in range(3)]
    for one in given:
        graphs.run("sum", one, work)
    assert [float(one) for one, _ in given] == [0, 1, 2]


def test_without_a_way_to_record_everything_is_launched() -> None:
    tape = Tape()
    graphs, work = Graphs(CPU, None), Sum(tape)
    for number in range(3):
        assert float(graphs.run("sum", numbers(number, 1), work)[1]) == number + 1
    assert work.calls == 3


def test_where_recording_fails_everything_is_launched_and_it_is_said_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def refuse(_: Callable[[], torch.Tensor]) -> tuple[torch.Tensor, Callable[[], None]]:
        raise RuntimeError("operation not permitted when stream is capturing\nCompile with more words.")

    tape = Tape()
    graphs, work = Graphs(CPU, refuse), Sum(tape)
    for number in range(5):
        assert float(graphs.run("sum", numbers(number, 1), work)[1]) == number + 1
    assert caplog.messages == [
        "Launches cannot be recorded here: operation not permitted when stream is capturing"
    ]


def test_only_gpus_record() -> None:
    assert recorder_for(CPU) is None
    assert recorder_for(torch.device("cuda:1")) is on_cuda
