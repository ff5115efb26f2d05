"""The literal engine keeps characters and draws views of them."""

import numpy as np
import pytest
import torch

from models.compose import compose, shrunk
from models.engine import Request, View
from models.literal import LiteralEngine
from models.pose import DEFAULT
from models.regions import levels_of, whole
from models.sample import sample_character
from models.student import BodyMorpher, FaceMorpher

SAMPLE = sample_character("a", 1)
POSE = np.linspace(0, 1, 45, dtype=np.float32)


@pytest.fixture
def engine() -> LiteralEngine:
    literal = LiteralEngine(torch.device("cpu"))
    literal.load(SAMPLE)
    return literal


def test_a_frame_is_the_networks_composed(engine: LiteralEngine) -> None:
    face, body, pose = FaceMorpher(), BodyMorpher(), torch.tensor(POSE)[None]
    face.load_state_dict(SAMPLE.face)
    body.load_state_dict(SAMPLE.body)
    with torch.no_grad():
        drawn = body(pose, levels_of(128, (0, 0, 128, 128)))
        picture = shrunk(SAMPLE.picture, 128).clone()[None]
        expected = compose(picture, face(pose, 128), drawn, whole(128)).blended[0]
    (frame,) = engine.draw([Request("a", POSE, View(128))])
    torch.testing.assert_close(frame, expected, atol=1e-5, rtol=0)


def test_frames_of_one_character_and_view_come_together_on_a_device_and_in_order(
    engine: LiteralEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.load(sample_character("b", 2))
    views = (View(128, (200, 100, 64, 64)), View(128, (0, 0, 64, 32)))
    poses = np.random.default_rng(0).uniform(0, 1, (9, 45)).astype(np.float32)
    requests = [Request("ab"[n % 2], pose, views[n == 5]) for n, pose in enumerate(poses)]
    expected = engine.draw(requests)
    sizes: list[int] = []
    (face, _), forward = engine.networks("a"), FaceMorpher.forward

    def counted(network: FaceMorpher, pose: torch.Tensor, size: int) -> torch.Tensor:
        sizes.extend([len(pose)] * (network is face))
        return forward(network, pose, size)

    monkeypatch.setattr(FaceMorpher, "forward", counted)
    monkeypatch.setattr("models.literal.CPU_PIXELS", 3 * views[0].width * views[0].height)
    for got, wanted in zip(engine.draw(requests), expected, strict=True):
        torch.testing.assert_close(got, wanted, atol=1e-4, rtol=0)
    assert sizes == [3, 2]


def test_the_bytes_are_those_of_picture_and_weights(engine: LiteralEngine) -> None:
    assert engine.load(SAMPLE) == 4 * (4 * 512 * 512 + 121_476 + 331_567)


def test_drawing_leaves_the_character_as_it_was(engine: LiteralEngine) -> None:
    view = View(512, (240, 120, 8, 8))
    (before,) = engine.draw([Request("a", DEFAULT, view)])
    engine.draw([Request("a", POSE, view)])
    (after,) = engine.draw([Request("a", DEFAULT, view)])
    assert torch.equal(before, after)


def test_an_unloaded_character_is_a_key_error(engine: LiteralEngine) -> None:
    engine.unload("a")
    engine.unload("a")
    with pytest.raises(KeyError):
        engine.draw([Request("a", DEFAULT, View(128))])
