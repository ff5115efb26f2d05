"""The folded weights have the sizes that the savings promise, and the same formulas inside."""

import pytest
import torch

from models.folding import HIDDEN, folded
from models.sample import sample_character
from models.student import Weights

SAMPLE = sample_character("a", 1)


@pytest.fixture(scope="module")
def weights() -> Weights:
    return folded(SAMPLE)


def test_each_stack_has_its_sizes(weights: Weights) -> None:
    assert HIDDEN == {"face": 7, "body.0": 2, "body.1": 2, "body.2": 2}
    assert weights["face.pose"].shape == (128, 39)
    assert weights["body.0.position"].shape == (360, 2)
    assert weights["body.1.pose"].shape == (180, 45)
    assert [tuple(weights[f"body.{level}.end.weight"].shape) for level in range(3)] == [
        (180, 180),
        (90, 90),
        (7, 90),
    ]


def test_thirty_is_in_every_sine_layer_and_not_in_the_last(weights: Weights) -> None:
    body = SAMPLE.body
    hidden = body["siren_layers.1.2.linear.weight"].flatten(1)
    torch.testing.assert_close(weights["body.1.1.weight"], 30 * hidden)
    torch.testing.assert_close(weights["body.1.bias"][:, 0], 30 * body["siren_layers.1.0.linear.bias"])
    assert torch.equal(weights["body.2.end.weight"], body["last_linear.weight"].flatten(1))
    assert torch.equal(weights["body.2.end.bias"][:, 0], body["last_linear.bias"])


def test_a_level_ends_with_what_the_next_one_does_to_its_features(weights: Weights) -> None:
    first = SAMPLE.body["siren_layers.2.0.linear.weight"].flatten(1)
    torch.testing.assert_close(weights["body.1.end.weight"], 30 * first[:, :90])
    torch.testing.assert_close(weights["body.2.position"], 30 * first[:, 90:92])
    torch.testing.assert_close(weights["body.2.pose"], 30 * first[:, 92:])
    assert not weights["body.1.end.bias"].any()
