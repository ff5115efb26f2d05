"""The sine of the kernels, which everything they draw goes through; and where they read and write."""

# mypy: disable-error-code="import-untyped, no-untyped-def, untyped-decorator"

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
import triton
import triton.language as tl

from discs import reach_of, stirred
from models.engine import Request
from models.fused import display, programs
from models.fused.engine import FusedEngine
from models.fused.kernels import sine
from models.fused.programs import Program
from models.pose import DEFAULT, MAXIMUM
from models.sample import sample_character
from models.view import View
from trespass import watched

interpreted = pytest.mark.skipif(torch.cuda.is_available(), reason="Kernels are watched in the interpreter.")
POSES = np.random.default_rng(0).uniform(0, 1, (2, 45)).astype(np.float32)
VIEWS = (View(128, (200, 180, 120, 96)), View(256, (460, 4, 52, 48)))


@triton.jit
def sines(x, out, block: tl.constexpr):
    at = tl.arange(0, block)
    tl.store(out + at, sine(tl.load(x + at), False))


def test_the_sine_holds_far_beyond_what_layers_ask(device: torch.device) -> None:
    for reach, error in [(4.0, 1e-6), (500.0, 2e-6), (50_000.0, 2e-5)]:
        x = torch.linspace(-reach, reach, 4096)
        out = torch.empty(4096, device=device)
        sines[(1,)](x.to(device), out, block=4096)
        assert (out.cpu() - x.double().sin()).abs().max() < error


@triton.jit
def moved(x, out, start: tl.constexpr, block: tl.constexpr):
    at = start + tl.program_id(0) * block + tl.arange(0, block)
    tl.store(out + at, tl.load(x + at))


@triton.jit
def summed(x, out, block: tl.constexpr):
    tl.store(out, tl.sum(tl.load(x + tl.program_id(0) * block + tl.arange(0, block))))


@interpreted
@pytest.mark.parametrize(
    ("kernel", "constants", "fault"),
    [
        (moved, {"start": 0, "block": 4}, None),
        (moved, {"start": 4, "block": 4}, "moved reads beyond its tensors"),
        (moved, {"start": -4, "block": 4}, "moved writes beyond its tensors"),
        (summed, {"block": 4}, "summed writes out twice in one place"),
    ],
)
def test_what_the_watch_sees(kernel: object, constants: dict[str, int], fault: str | None) -> None:
    room = torch.zeros(24)
    with watched() as watch:
        Program(kernel, 4, constants).launch((2,), room[8:16], torch.zeros(24)[8:16])
    assert watch.launches == 1
    assert fault in watch.faults if fault else not watch.faults


@interpreted
def test_the_watch_sees_a_launch_that_reads_what_it_writes() -> None:
    room = torch.zeros(24)
    for x, out, fault in [
        (room, room[4:], "reads x where it wrote"),
        (room[4:], room, "writes x where it read"),
    ]:
        with watched() as watch:
            Program(moved, 4, {"start": 0, "block": 4}).launch((2,), x, out)
        assert f"moved {fault}" in watch.faults


@contextmanager
def of_a_gpus_size() -> Iterator[None]:
    """Programs work on as little as on a GPU; the interpreter has no quick sine."""
    gpus = {
        name: replace(
            program, constants=program.constants | ({"quick": False} if "quick" in program.constants else {})
        )
        for name, program in programs.programs("cuda").items()
    }
    with pytest.MonkeyPatch.context() as patch:
        for module in (programs, display):
            patch.setattr(module, "programs", lambda _: gpus)
        yield


def drawn(view: View) -> list[torch.Tensor]:
    """Frames of every kind, at which something is skipped, looked for and found; and their bytes."""
    engine = FusedEngine(torch.device("cpu"))
    for name, reach in {"calm": reach_of(0.9, 0.95), "small": reach_of(0.2, 0.3), "none": None}.items():
        engine.load(replace(stirred(sample_character("a"), reach), id=name))
    poses = [
        ("calm", DEFAULT),
        ("small", POSES[0]),
        ("none", POSES[1]),
        ("calm", MAXIMUM),
        ("small", DEFAULT),
    ]
    requests = [Request(name, pose, view) for name, pose in poses]
    frames = torch.stack([*engine.draw(requests), *engine.draw(requests[:1])])
    packed = [display.to_planes(frames, stacked=stacked) for stacked in (False, True)]
    return [frames, display.to_display(frames), *packed]


@interpreted
@pytest.mark.parametrize("view", VIEWS)
def test_launches_keep_to_their_tensors_and_programs_out_of_each_others_way(view: View) -> None:
    plain = drawn(view)
    with of_a_gpus_size(), watched() as watch:
        small = drawn(view)
    assert watch.launches > 15
    assert not watch.faults
    torch.testing.assert_close(small[0], plain[0], atol=2e-3, rtol=0)
    for one, other in zip(small[1:], plain[1:], strict=True):
        assert (one.int() - other.int()).abs().float().mean() < 0.1


@interpreted
def test_nothing_depends_on_what_memory_held_before(monkeypatch: pytest.MonkeyPatch) -> None:
    empty, pictures = torch.empty, []
    for value in (0, 60_000, torch.nan):

        def held(*shape: int, value: float = value, **how: Any) -> torch.Tensor:
            made = empty(*shape, **how)
            return made.fill_(value) if made.is_floating_point() else made

        monkeypatch.setattr(torch, "empty", held)
        pictures.append(drawn(VIEWS[0]))
    for others in pictures[1:]:
        for one, other in zip(pictures[0], others, strict=True):
            assert torch.equal(one, other)
