"""A stack draws the same in bands as at once, and as its formula says."""

import torch

from models.folding import folded
from models.regions import Region, whole
from models.sample import sample_character
from models.stacks import Map, draw_stack

WEIGHTS = {name: tensor[None] for name, tensor in folded(sample_character("a", 2)).items()}
POSE = torch.linspace(-0.5, 1, 45).view(1, 45, 1)


def test_bands_change_nothing() -> None:
    at_once = draw_stack(WEIGHTS, "face", POSE, whole(24), None, 24 * 24)
    in_bands = draw_stack(WEIGHTS, "face", POSE, whole(24), None, 100)
    torch.testing.assert_close(in_bands.values, at_once.values, atol=1e-5, rtol=0)


def test_bands_over_the_map_below_change_nothing() -> None:
    below = draw_stack(WEIGHTS, "body.0", POSE, whole(16), None, 256)
    at_once = draw_stack(WEIGHTS, "body.1", POSE, whole(32), below, 1024)
    in_bands = draw_stack(WEIGHTS, "body.1", POSE, whole(32), below, 1)
    assert at_once.values.shape == (1, 90, 32, 32)
    torch.testing.assert_close(in_bands.values, at_once.values, atol=1e-5, rtol=0)


def test_one_pixel_is_its_formula() -> None:
    region = Region(8, 5, 2, 6, 3)
    drawn = draw_stack(WEIGHTS, "body.2", POSE, region, Map(torch.zeros(1, 90, 8, 8), whole(8)), 1).values
    w = {name.removeprefix("body.2."): tensor[0] for name, tensor in WEIGHTS.items() if "body.2" in name}
    place = torch.tensor([[11 / 8 - 1], [5 / 8 - 1]])
    x = torch.sin(w["position"] @ place + w["pose"] @ POSE[0] + w["bias"])
    for layer in ("0", "1"):
        x = torch.sin(w[f"{layer}.weight"] @ x + w[f"{layer}.bias"])
    expected = w["end.weight"] @ x + w["end.bias"]
    torch.testing.assert_close(drawn[0, :, 0, 0], expected[:, 0], atol=1e-5, rtol=0)
