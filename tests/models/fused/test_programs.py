"""Where kernels are launched, and what is current there."""

from contextlib import AbstractContextManager, nullcontext

import pytest
import torch

from models.fused import display
from models.fused.programs import Program, current


def test_a_gpu_is_made_the_current_one() -> None:
    for name, number in {"cuda:1": 1, "cuda:0": 0}.items():
        made = current(torch.device(name))
        assert isinstance(made, torch.cuda.device)
        assert made.idx == number
    assert isinstance(current(torch.device("cpu")), nullcontext)


def test_bytes_are_made_where_their_frames_lie(monkeypatch: pytest.MonkeyPatch, device: torch.device) -> None:
    present: list[str] = []

    class Present(AbstractContextManager[None]):
        def __init__(self, device: torch.device) -> None:
            self._name = device.type

        def __enter__(self) -> None:
            present.append(self._name)

        def __exit__(self, *_: object) -> None:
            present.pop()

    def launched(*_: object) -> None:
        assert present == [device.type]
        launches.append(1)

    launches: list[int] = []
    monkeypatch.setattr(display, "current", Present)
    monkeypatch.setattr(Program, "launch", launched)
    frames = torch.zeros(1, 4, 2, 2, device=device)
    display.to_display(frames)
    display.to_planes(frames)
    assert len(launches) == 2
    assert not present
