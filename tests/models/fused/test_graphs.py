"""What is recorded does the same with the numbers that come next, and is recorded only when it pays."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import torch

from models.fused.graphs import ROOM, Graphs, OnCuda, recorder_for
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
    assert isinstance(recorder_for(torch.device("cuda:1")), OnCuda)


class Cuda:
    """What is told to a device that records, in order, with the stream that is current."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.told: list[tuple[str, object]] = []
        self._streams = ["present"]
        monkeypatch.setattr(torch.cuda, "graph_pool_handle", lambda: "pool")
        monkeypatch.setattr(torch.cuda, "Stream", lambda: "aside")
        monkeypatch.setattr(torch.cuda, "stream", self._current)
        monkeypatch.setattr(torch.cuda, "CUDAGraph", lambda: self)

    @contextmanager
    def _current(self, stream: str) -> Iterator[None]:
        self._streams.append(stream)
        try:
            yield
        finally:
            self._streams.pop()

    def say(self, what: str) -> None:
        self.told.append((what, self._streams[-1]))

    def capture_begin(self, **how: object) -> None:
        assert how == {"pool": "pool", "capture_error_mode": "thread_local"}
        self.say("begin")

    def capture_end(self) -> None:
        self.say("end")

    def replay(self) -> None:
        self.say("replay")


def test_a_gpu_records_all_work_on_one_stream_into_one_pool_and_repeats_it_on_the_present_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cuda, record = Cuda(monkeypatch), OnCuda()

    def work() -> torch.Tensor:
        cuda.say("launch")
        return torch.zeros(1)

    for _ in range(2):
        cuda.told.clear()
        result, repeat = record(work)
        repeat()
        assert float(result) == 0
        assert cuda.told == [("begin", "aside"), ("launch", "aside"), ("end", "aside"), ("replay", "present")]


def test_a_recording_that_fails_is_ended_and_leads_back_to_the_present_stream(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full() -> torch.Tensor:
        raise torch.OutOfMemoryError

    cuda = Cuda(monkeypatch)
    with pytest.raises(torch.OutOfMemoryError):
        OnCuda()(full)
    cuda.say("next")
    assert cuda.told == [("begin", "aside"), ("end", "aside"), ("next", "present")]
