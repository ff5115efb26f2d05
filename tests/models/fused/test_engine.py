"""The Triton engine draws what the literal one does, in any mixture, as near as float16 products allow."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from discs import reach_of, stirred
from models import cost
from models.character import load_character
from models.engine import Request, View
from models.folded import FoldedEngine
from models.folders import BUILT_IN
from models.fused.engine import FEW, FusedEngine
from models.fused.launches import Batch, draw_faces
from models.fused.programs import Program
from models.fused.tiles import NONE
from models.literal import LiteralEngine
from models.pose import DEFAULT, MAXIMUM
from models.reach import Reach, grade_of
from models.sample import sample_character
from tapes import Tape

SAMPLES = [sample_character(name, seed) for seed, name in enumerate("ab")]
POSES = np.random.default_rng(0).uniform(0, 1, (4, 45)).astype(np.float32)
CROP = View(512, (240, 190, 32, 32))
EDGE = View(256, (0, 460, 52, 52))
CORNER = View(256, (0, 0, 100, 100))


@pytest.fixture(scope="module")
def engine(device: torch.device) -> FusedEngine:
    engine = FusedEngine(device)
    for sample in SAMPLES:
        engine.load(sample)
    return engine


@pytest.fixture(scope="module")
def literal() -> LiteralEngine:
    engine = LiteralEngine(torch.device("cpu"))
    for sample in SAMPLES:
        engine.load(sample)
    return engine


def decibels(got: torch.Tensor, expected: torch.Tensor) -> float:
    """PSNR over all four channels, of which the range is two."""
    return float(10 * torch.log10(4 / (got.cpu() - expected).square().mean()))


def test_a_mixed_batch_is_that_of_the_literal_engine_and_in_order(
    engine: FusedEngine, literal: LiteralEngine
) -> None:
    requests = [
        Request("b", POSES[0], CROP),
        Request("a", POSES[1], EDGE),
        Request("a", POSES[2], CROP),
        Request("b", DEFAULT, EDGE),
        Request("a", POSES[0], CROP),
    ]
    drawn, wanted = engine.draw(requests), literal.draw(requests)
    for got, expected, request in zip(drawn, wanted, requests, strict=True):
        assert got.shape == (4, request.view.height, request.view.width)
        assert decibels(got, expected) > 45
    assert decibels(drawn[0], wanted[4]) < 30, "Two characters must not look alike."


def test_a_whole_picture_is_that_of_the_literal_engine(engine: FusedEngine, literal: LiteralEngine) -> None:
    request = Request("a", POSES[3], View(128))
    assert decibels(engine.draw([request])[0], literal.draw([request])[0]) > 45


@pytest.mark.parametrize("name", ["tsubaki", "minato"])
def test_the_built_in_characters_lose_nothing_that_is_seen(device: torch.device, name: str) -> None:
    character = load_character(BUILT_IN / name)
    pictures = []
    for drawer in (FusedEngine(device), FoldedEngine(device)):
        drawer.load(character)
        pictures += drawer.draw([Request(name, POSES[1], View(128))])
    assert decibels(pictures[0], pictures[1].cpu()) > 55


def test_an_unloaded_character_is_gone(engine: FusedEngine) -> None:
    assert engine.load(sample_character("short")) > 2**20
    engine.unload("short")
    engine.unload("never")
    with pytest.raises(KeyError):
        engine.draw([Request("short", DEFAULT, CROP)])


def test_nothing_asked_is_nothing_drawn(engine: FusedEngine) -> None:
    assert engine.draw([]) == []


def drawn(device: torch.device, reach: Reach | None, request: Request) -> torch.Tensor:
    engine = FusedEngine(device)
    engine.load(stirred(SAMPLES[0], reach))
    return engine.draw([request])[0].cpu()


def test_beyond_its_reach_a_character_is_empty_and_within_it_nothing_changes(device: torch.device) -> None:
    reach, view = reach_of(0.9, 0.95), View(512, (0, 0, 120, 120))
    left, top, right, bottom = view.box
    shown = reach.shown(view.size, grade_of(DEFAULT))[top:bottom, left:right]
    whole = drawn(device, None, Request("a", DEFAULT, view))
    skipped = drawn(device, reach, Request("a", DEFAULT, view))
    assert torch.equal(skipped[:, shown], whole[:, shown])
    left_out = (skipped == -1).all(0)
    assert left_out.any()  # but not all of it: runs are drawn whole
    assert (whole[3][left_out] <= -0.99).all()


def test_a_reach_that_is_too_small_still_gives_the_whole_picture(device: torch.device) -> None:
    request = Request("a", DEFAULT, CORNER)
    assert torch.equal(drawn(device, reach_of(0.4, 0.95), request), drawn(device, None, request))


def test_where_skipping_does_not_pay_nothing_is_looked_for(
    device: torch.device, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = Request("a", DEFAULT, CORNER)
    counts, launch = [0], Program.launch

    def counted(program: Program, grid: tuple[int, ...], *arguments: object) -> None:
        counts[-1] += 1
        launch(program, grid, *arguments)

    monkeypatch.setattr(Program, "launch", counted)
    for worth in (math.inf, 0.0):
        monkeypatch.setattr(cost, "_WORTH", worth)
        drawn(device, reach_of(0.9, 0.95), request)
        counts.append(0)
    assert counts == [14, 7, 0]


def test_a_batch_mixes_what_is_skipped_with_what_is_not(device: torch.device) -> None:
    engine = FusedEngine(device)
    for name, reach in {"calm": reach_of(0.9, 0.95), "small": reach_of(0.2, 0.3), "none": None}.items():
        engine.load(replace(stirred(SAMPLES[0], reach), id=name))
    poses = [("calm", DEFAULT), ("small", DEFAULT), ("none", DEFAULT), ("calm", MAXIMUM)]
    requests = [Request(name, pose, CORNER) for name, pose in poses]
    for got, request in zip(engine.draw(requests), requests, strict=True):
        (alone,) = engine.draw([request])
        torch.testing.assert_close(got, alone, atol=2e-3, rtol=0)
        assert torch.equal(got == -1, alone == -1)


def test_a_face_that_failed_is_drawn_the_next_time(
    device: torch.device, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise torch.OutOfMemoryError

    (engine, other), request = (FusedEngine(device), FusedEngine(device)), Request("a", POSES[1], CROP)
    engine.load(SAMPLES[0])
    other.load(SAMPLES[0])
    with monkeypatch.context() as patch, pytest.raises(torch.OutOfMemoryError):
        patch.setattr("models.fused.engine.draw_faces", full)
        engine.draw([request])
    assert torch.equal(engine.draw([request])[0], other.draw([request])[0])


def test_a_face_is_drawn_anew_only_when_it_changes_or_its_character_does(
    device: torch.device, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts: list[int] = []

    def counted(batch: Batch, frames: torch.Tensor, places: torch.Tensor, faces: torch.Tensor) -> None:
        counts.append(int((frames != NONE).sum()))
        draw_faces(batch, frames, places, faces)

    monkeypatch.setattr("models.fused.engine.draw_faces", counted)
    engine, turned = FusedEngine(device), DEFAULT.copy()
    turned[40] = 1
    engine.load(SAMPLES[0])
    first = engine.draw([Request("a", DEFAULT, CROP), Request("a", turned, CROP)])[0]
    assert torch.equal(engine.draw([Request("a", DEFAULT, CROP)])[0], first)
    assert counts == [1, 0]
    engine.draw([Request("a", POSES[0], CROP), Request("a", DEFAULT, CROP)])
    assert counts == [1, 0, 1]
    engine.load(replace(SAMPLES[1], id="a"))
    assert not torch.equal(engine.draw([Request("a", DEFAULT, CROP)])[0], first)
    assert counts == [1, 0, 1, 1]


@pytest.fixture
def tape(monkeypatch: pytest.MonkeyPatch) -> Tape:
    """What the engine launches goes through it."""
    tape, launch = Tape(), Program.launch

    def noted(program: Program, grid: tuple[int, ...], *arguments: object) -> None:
        tape.launch(lambda: launch(program, grid, *arguments))

    monkeypatch.setattr(Program, "launch", noted)
    return tape


@pytest.mark.parametrize("count", [1, FEW])
def test_repeated_launches_draw_each_pose_character_and_face_that_comes(
    device: torch.device, tape: Tape, count: int
) -> None:
    repeating, plain = FusedEngine(device, record=tape.record), FusedEngine(device)
    for engine in (repeating, plain):
        engine.load(stirred(SAMPLES[0], reach_of(0.9, 0.95)))
        engine.load(SAMPLES[1])
    generator = np.random.default_rng(4)
    for number in range(6):
        poses = generator.uniform(0, 1, (count, 45)).astype(np.float32)
        if number == 4:
            poses[:, :39] = DEFAULT[:39]
        requests = [Request("ab"[(number + at) % 2], pose, CROP) for at, pose in enumerate(poses)]
        for got, expected in zip(repeating.draw(requests), plain.draw(requests), strict=True):
            assert torch.equal(got, expected)
    assert tape.recorded >= 1
    assert tape.repeated >= 4


def test_repeated_launches_see_a_character_that_takes_anothers_place_and_one_that_came(
    device: torch.device, tape: Tape
) -> None:
    repeating = FusedEngine(device, record=tape.record)
    for number, characters in enumerate([SAMPLES[:1], SAMPLES[:1], SAMPLES[1:], SAMPLES]):
        for sample in characters:
            repeating.load(replace(sample, id=f"{sample.id if number == 3 else 'a'}"))
        plain = FusedEngine(device)
        plain.load(replace(characters[0], id="a"))
        for pose in POSES[:3]:
            request = Request("a", pose, CROP)
            assert torch.equal(repeating.draw([request])[0], plain.draw([request])[0])
    assert tape.recorded >= 2


def test_of_many_frames_nothing_is_recorded(device: torch.device, tape: Tape) -> None:
    engine = FusedEngine(device, record=tape.record)
    engine.load(SAMPLES[0])
    for _ in range(3):
        engine.draw([Request("a", pose, EDGE) for pose in (*POSES, DEFAULT)])
    assert tape.recorded == 0
