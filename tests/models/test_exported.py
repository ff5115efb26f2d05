"""ONNX Runtime draws what the literal engine draws, where it is installed."""

import numpy as np
import pytest
import torch

from models.engine import Request
from models.exported import PACKAGES, ExportedEngine, exportable
from models.literal import LiteralEngine
from models.sample import sample_character
from models.view import View

for package in PACKAGES:
    pytest.importorskip(package, reason=f"The package {package} is not installed.")

POSES = np.random.default_rng(3).uniform(0, 1, (2, 45)).astype(np.float32)


def test_what_is_installed_can_be_used() -> None:
    assert exportable()


def test_frames_are_those_of_the_literal_engine() -> None:
    literal, exported = LiteralEngine(torch.device("cpu")), ExportedEngine()
    character = sample_character("a")
    assert exported.load(character) == literal.load(character)
    # Of a crop, so that the upsampled levels below are cut, too.
    requests = [Request("a", pose, View(256, (200, 100, 40, 24))) for pose in POSES]
    for one, other in zip(literal.draw(requests), exported.draw(requests), strict=True):
        torch.testing.assert_close(other, one, atol=2e-3, rtol=0)


def test_a_character_that_was_unloaded_is_not_drawn() -> None:
    exported = ExportedEngine()
    exported.load(sample_character("a"))
    exported.unload("a")
    with pytest.raises(KeyError):
        exported.draw([Request("a", POSES[0])])
