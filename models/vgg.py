"""The convolutions of VGG16, whose features the perceptual losses compare (Simonyan and Zisserman 2014)."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import cast

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import nn

from models.weights import WeightsError, checked

_BLOCKS = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
_MEAN = (0.485, 0.456, 0.406)
_DEVIATION = (0.229, 0.224, 0.225)


class Vgg(nn.Module):
    """The first blocks of VGG16, under the names of torchvision's weights.

    Three of them end in relu1_2, relu2_2 and relu3_3; all five in relu5_3.
    """

    def __init__(self, blocks: int = 3) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        inputs, self._ends = 3, []
        for widths in _BLOCKS[:blocks]:
            if layers:
                layers.append(nn.MaxPool2d(2))
            for width in widths:
                layers += [nn.Conv2d(inputs, width, 3, padding=1), nn.ReLU()]
                inputs = width
            self._ends.append(len(layers) - 1)
        self.features = nn.Sequential(*layers)

    def forward(self, image: torch.Tensor) -> list[torch.Tensor]:
        """Three channels in [-1, 1], (N, 3, h, w), to the feature at the end of each block."""
        ends = []
        x = _standard(image)
        for number, layer in enumerate(self.features):
            x = layer(x)
            if number in self._ends:
                ends.append(x)
        return ends


def read_vgg(path: Path, blocks: int = 3) -> Vgg:
    """VGG16's first blocks from a file of torchvision's weights, `.pth`, `.pt` or `.safetensors`.

    The file may hold all of VGG16. Raises WeightsError for one that is missing, damaged, more than weights,
    or of another network.
    """
    with torch.device("meta"):
        vgg = Vgg(blocks)
    shapes = {key: tuple(value.shape) for key, value in vgg.state_dict().items()}
    found = _found(path)
    foreign = [key for key in found if not key.startswith(("features.", "classifier."))]
    if foreign:
        raise WeightsError(f"{path.name} holds {foreign[0][:80]!r}, which is no part of VGG16.")
    needed = {key: value for key, value in found.items() if key in shapes}
    vgg.load_state_dict(checked(needed, shapes, path.name), assign=True)
    return vgg.eval().requires_grad_(False)


def _found(path: Path) -> dict[str, torch.Tensor]:
    try:
        if path.suffix == ".safetensors":
            return safetensors.torch.load_file(path)
        found = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise WeightsError(f"{path} cannot be read: {error.strerror or 'it is damaged'}.") from None
    except pickle.UnpicklingError:
        raise WeightsError(f"{path.name} holds more than weights, and is refused.") from None
    except (RuntimeError, EOFError, SafetensorError):
        raise WeightsError(f"{path.name} is damaged: it cannot be read as a file of weights.") from None
    if not isinstance(found, dict) or not all(isinstance(key, str) for key in found):
        raise WeightsError(f"{path.name} is not a state dict.")
    return cast("dict[str, torch.Tensor]", found)


def _standard(image: torch.Tensor) -> torch.Tensor:
    # To the mean and deviation of the pictures that VGG16 was trained on.
    mean, deviation = (image.new_tensor(values).view(1, 3, 1, 1) for values in (_MEAN, _DEVIATION))
    return ((image + 1) / 2 - mean) / deviation
