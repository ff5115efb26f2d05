import torch

from models.ablations import SingleResolutionBodyMorpher, VanillaSiren
from models.regions import Region, levels_of, whole
from models.student import BodyMorpher

POSES = torch.zeros(2, 45)
CROP = Region(512, 200, 100, 216, 108)


def test_a_vanilla_siren_draws_the_picture_directly() -> None:
    torch.manual_seed(0)
    network = VanillaSiren()
    with torch.inference_mode():
        crop = network(POSES, CROP)
    assert crop.shape == (2, 4, 8, 16)
    assert "siren.sine_layers.8.linear.weight" in network.state_dict()
    assert network.state_dict()["siren.sine_layers.0.linear.weight"].shape == (360, 47, 1, 1)


def test_a_part_is_the_part_of_the_whole() -> None:
    torch.manual_seed(0)
    network, small = VanillaSiren(), whole(64)
    with torch.inference_mode():
        picture = network(POSES, small)
        part = network(POSES, Region(64, 8, 16, 24, 32))
    assert torch.allclose(part, picture[:, :, 16:32, 8:24], atol=1e-5)


def test_without_levels_the_body_morpher_has_the_same_weights_and_draws_otherwise() -> None:
    torch.manual_seed(0)
    network, levels = SingleResolutionBodyMorpher(), BodyMorpher()
    levels.load_state_dict(network.state_dict())
    regions = levels_of(512, (200, 100, 216, 108))
    with torch.inference_mode():
        one, other = network(POSES, regions), levels(POSES, regions)
    assert one.shape == other.shape == (2, 7, 8, 16)
    assert not torch.allclose(one, other, atol=1e-6)
