from pathlib import Path

import pytest
import safetensors.torch
import torch
import torch.nn.functional as F

from models.vgg import Vgg, read_vgg
from models.weights import WeightsError


@pytest.fixture
def vgg() -> Vgg:
    torch.manual_seed(0)
    return Vgg()


def test_its_keys_are_torchvisions() -> None:
    with torch.device("meta"):
        weights = Vgg(5).state_dict()
    numbers = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)
    assert set(weights) == {f"features.{n}.{part}" for n in numbers for part in ("weight", "bias")}
    assert weights["features.14.weight"].shape == (256, 256, 3, 3)
    assert sum(value.numel() for value in weights.values()) == 14_714_688


def test_features_are_the_last_of_each_block_before_pooling(vgg: Vgg) -> None:
    picture = torch.rand(1, 3, 16, 16) * 2 - 1
    with torch.inference_mode():
        ends = vgg(picture)
    assert [tuple(end.shape[1:]) for end in ends] == [(64, 16, 16), (128, 8, 8), (256, 4, 4)]
    assert all(float(end.min()) >= 0 for end in ends)
    weights = vgg.state_dict()
    mean = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
    deviation = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)
    x = ((picture + 1) / 2 - mean) / deviation
    for layer in (0, 2):
        x = F.relu(
            F.conv2d(x, weights[f"features.{layer}.weight"], weights[f"features.{layer}.bias"], padding=1)
        )
    assert torch.allclose(ends[0], x, atol=1e-6)


def test_weights_are_read_from_a_file_of_the_whole_network(vgg: Vgg, tmp_path: Path) -> None:
    whole = vgg.state_dict() | {
        "features.28.weight": torch.zeros(1),
        "classifier.0.weight": torch.zeros(2),
    }
    torch.save(whole, tmp_path / "vgg16.pth", _use_new_zipfile_serialization=False)
    safetensors.torch.save_file(whole, tmp_path / "vgg16.safetensors")
    for name in ("vgg16.pth", "vgg16.safetensors"):
        read = read_vgg(tmp_path / name)
        assert all(torch.equal(value, whole[key]) for key, value in read.state_dict().items())
        assert not any(parameter.requires_grad for parameter in read.parameters())


def test_a_file_of_another_network_is_refused_with_its_key(vgg: Vgg, tmp_path: Path) -> None:
    path = tmp_path / "vgg.pth"
    weights = vgg.state_dict()
    torch.save(weights | {"layer1.weight": torch.zeros(1)}, path)
    with pytest.raises(WeightsError, match=r"vgg\.pth holds 'layer1\.weight', which is no part of VGG16"):
        read_vgg(path)
    torch.save({key: value for key, value in weights.items() if key != "features.7.bias"}, path)
    with pytest.raises(WeightsError, match=r"lacks the weights features\.7\.bias"):
        read_vgg(path)
    torch.save(weights | {"features.0.weight": torch.zeros(64, 3, 5, 5)}, path)
    with pytest.raises(WeightsError, match=r"features\.0\.weight must have the shape"):
        read_vgg(path)


def test_a_file_that_is_no_weights_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "vgg.pth"
    with pytest.raises(WeightsError, match="cannot be read"):
        read_vgg(path)
    path.write_bytes(b"nothing")
    with pytest.raises(WeightsError, match=r"holds more than weights|is damaged"):
        read_vgg(path)
    torch.save([1], path)
    with pytest.raises(WeightsError, match="is not a state dict"):
        read_vgg(path)
