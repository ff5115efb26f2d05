"""The folded engine draws what the literal one does, in any mixture."""

from dataclasses import fields, replace
from itertools import pairwise

import numpy as np
import pytest
import torch

from models.character import Character
from models.engine import Request, View
from models.folded import FoldedEngine
from models.literal import LiteralEngine
from models.pose import DEFAULT
from models.sample import sample_character

CPU = torch.device("cpu")
SMALL = View(128)
SAMPLES = [sample_character(name, seed) for seed, name in enumerate("abc")]
POSES = np.random.default_rng(0).uniform(0, 1, (6, 45)).astype(np.float32)


def loaded(engine: FoldedEngine, characters: list[Character] = SAMPLES) -> FoldedEngine:
    for character in characters:
        engine.load(character)
    return engine


@pytest.fixture(scope="module")
def engine() -> FoldedEngine:
    return loaded(FoldedEngine(CPU))


@pytest.fixture(scope="module")
def literal() -> LiteralEngine:
    engine = LiteralEngine(CPU)
    for sample in SAMPLES:
        engine.load(sample)
    return engine


def close(got: torch.Tensor, expected: torch.Tensor) -> None:
    torch.testing.assert_close(got, expected, atol=1e-3, rtol=0)


@pytest.mark.parametrize(
    "view",
    [SMALL, View(256, (100, 60, 200, 160)), View(512, (231, 127, 60, 90)), View(512, (0, 480, 40, 32))],
)
def test_every_stage_is_that_of_the_literal_engine(
    engine: FoldedEngine, literal: LiteralEngine, view: View
) -> None:
    request = Request("b", POSES[0], view)
    got, expected = engine.stages([request]), literal.stages([request])
    assert got.blended.shape == (1, 4, view.height, view.width)
    for field in fields(expected):
        close(getattr(got, field.name), getattr(expected, field.name))


def test_frames_are_not_all_alike(engine: FoldedEngine) -> None:
    frames = engine.draw(
        [Request("a", POSES[0], SMALL), Request("a", DEFAULT, SMALL), Request("b", DEFAULT, SMALL)]
    )
    assert all((one - other).abs().mean() > 0.01 for one, other in pairwise(frames))
    assert all(frame.std() > 0.05 for frame in frames)


@pytest.mark.parametrize("size", [128, 256, 512])
def test_a_crop_has_the_pixels_of_the_whole(engine: FoldedEngine, size: int) -> None:
    around = View(size, (190, 70, 140, 60))
    inside = View(size, (229, 81, 54, 30))
    left, top, right, bottom = (
        edge - origin for edge, origin in zip(inside.box, around.box[:2] * 2, strict=True)
    )
    outer, inner = engine.draw([Request("c", POSES[1], around), Request("c", POSES[1], inside)])
    torch.testing.assert_close(inner, outer[:, top:bottom, left:right], atol=1e-4, rtol=0)


def test_a_mixed_batch_comes_back_in_order_and_equals_single_draws(engine: FoldedEngine) -> None:
    crop = View(256, (240, 100, 30, 40))
    requests = [
        Request("abc"[number % 3], POSES[number], crop if number % 2 else SMALL) for number in range(6)
    ]
    for request, frame in zip(requests, engine.draw(requests), strict=True):
        assert frame.shape == (4, request.view.height, request.view.width)
        torch.testing.assert_close(frame, engine.draw([request])[0], atol=1e-4, rtol=0)


def test_frames_drawn_together_equal_single_draws(engine: FoldedEngine) -> None:
    tiny = View(512, (250, 130, 20, 20))
    requests = [Request(name, pose, tiny) for name, pose in zip("abca", POSES, strict=False)]
    together = engine.stages(requests).blended
    for request, frame in zip(requests, together, strict=True):
        torch.testing.assert_close(frame, engine.draw([request])[0], atol=1e-4, rtol=0)


def test_no_requests_give_no_frames(engine: FoldedEngine) -> None:
    assert engine.draw([]) == []


def test_drawing_leaves_the_character_as_it_was(engine: FoldedEngine) -> None:
    before = engine.draw([Request("a", DEFAULT, SMALL)])[0].clone()
    engine.draw([Request("a", POSES[2], SMALL)])
    assert torch.equal(engine.draw([Request("a", DEFAULT, SMALL)])[0], before)


def test_loading_again_replaces_and_unloading_frees() -> None:
    engine = loaded(FoldedEngine(CPU), SAMPLES[:2])
    request = Request("a", DEFAULT, SMALL)
    (before,) = engine.draw([request])
    engine.load(replace(SAMPLES[2], id="a"))
    assert not torch.allclose(engine.draw([request])[0], before, atol=1e-2)
    engine.unload("a")
    engine.unload("never")
    with pytest.raises(KeyError):
        engine.draw([request])
    engine.load(SAMPLES[0])
    torch.testing.assert_close(engine.draw([request])[0], before, atol=1e-5, rtol=0)


def test_the_bytes_of_a_character_are_its_weights_and_its_picture() -> None:
    taken = FoldedEngine(CPU).load(SAMPLES[0])
    assert 1.7e6 < taken - 4 * 512**2 < 1.9e6
