"""The student networks as the paper gives them (THA4 §5.1): two small networks of sine layers.

The modules only compute. Their state-dict keys are those of the officially released weights.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import torch
from torch import nn

from models.regions import Region, enlarged, face_of

Weights = dict[str, torch.Tensor]


@dataclass(frozen=True)
class StudentSizes:
    """The sizes of a student: inputs, and the outputs of each sine layer."""

    pose: int = 45
    face_pose: int = 39
    face_layers: tuple[int, ...] = (128,) * 8
    face_out: int = 4
    body_levels: tuple[tuple[int, ...], ...] = ((360, 360, 180), (180, 180, 90), (90, 90, 90))
    body_out: int = 7


SIZES = StudentSizes()
OMEGA = 30.0


class SineLayer(nn.Module):
    """`sin(30 (W x + b))` over (N, in, h, w), initialised as a SIREN is."""

    def __init__(self, inputs: int, outputs: int, *, first: bool) -> None:
        super().__init__()
        self.linear = nn.Conv2d(inputs, outputs, 1)
        bound = 1 / inputs if first else math.sqrt(6 / inputs) / OMEGA
        nn.init.uniform_(self.linear.weight, -bound, bound)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, in, h, w) -> (N, out, h, w) in [-1, 1]."""
        return torch.sin(OMEGA * self.linear(x))


class Siren(nn.Module):
    """Sine layers and then a linear one."""

    def __init__(self, inputs: int, widths: Sequence[int], outputs: int) -> None:
        super().__init__()
        self.sine_layers = _sine_layers(inputs, widths, first=True)
        self.last_linear = _last_linear(widths[-1], outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, in, h, w) -> (N, out, h, w)."""
        return torch.as_tensor(self.last_linear(self.sine_layers(x)))


class FaceMorpher(nn.Module):
    """Draws the face region from the 39 facial parameters."""

    def __init__(self, sizes: StudentSizes = SIZES) -> None:
        super().__init__()
        self.sizes = sizes
        self.siren = Siren(2 + sizes.face_pose, sizes.face_layers, sizes.face_out)

    def forward(self, pose: torch.Tensor, size: int = 512) -> torch.Tensor:
        """Poses (N, 45) -> faces (N, 4, h, w), network space: 128 by 128 for a picture of size 512.

        The network's own square is the face region, so its positions run over [-1, 1] within it.
        """
        side = face_of(size).width
        square = Region(side, 0, 0, side, side)
        return torch.as_tensor(self.siren(_inputs(None, square, pose[:, : self.sizes.face_pose])))


class BodyMorpher(nn.Module):
    """Draws flow, alpha and direct colour of the whole picture, coarse to fine."""

    def __init__(self, sizes: StudentSizes = SIZES) -> None:
        super().__init__()
        levels, features = [], 0
        for number, widths in enumerate(sizes.body_levels):
            levels.append(_sine_layers(features + 2 + sizes.pose, widths, first=number == 0))
            features = widths[-1]
        self.siren_layers = nn.ModuleList(levels)
        self.last_linear = _last_linear(features, sizes.body_out)

    def forward(self, pose: torch.Tensor, regions: Sequence[Region]) -> torch.Tensor:
        """Poses (N, 45) -> (N, 7, h, w) over the last of `regions`, one region for each level.

        Channels 0-1 are the flow, 2 alpha, 3-6 direct RGBA.
        """
        x: torch.Tensor | None = None
        for level, region in enumerate(regions):
            below = None if x is None else enlarged(x, regions[level - 1], region)
            x = self.siren_layers[level](_inputs(below, region, pose))
        return torch.as_tensor(self.last_linear(x))


def random_student(seed: int) -> tuple[Weights, Weights]:
    """State dicts (face, body) of an untrained student, the same for the same seed.

    The flow is made gentle, so that the frames still show the picture that is warped.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        face, body = FaceMorpher().state_dict(), BodyMorpher().state_dict()
    for key in ("last_linear.weight", "last_linear.bias"):
        body[key][:2] *= 0.05
    return dict(face), dict(body)


@cache
def face_shapes() -> dict[str, tuple[int, ...]]:
    """Every key of a face morpher's state dict, with its shape."""
    return _shapes(FaceMorpher)


@cache
def body_shapes() -> dict[str, tuple[int, ...]]:
    """Every key of a body morpher's state dict, with its shape."""
    return _shapes(BodyMorpher)


def _shapes(network: type[FaceMorpher] | type[BodyMorpher]) -> dict[str, tuple[int, ...]]:
    # On the meta device to draw weights by lot would load torch's compiler, which takes seconds.
    with torch.random.fork_rng(devices=[]):
        return {key: tuple(value.shape) for key, value in network().state_dict().items()}


def _sine_layers(inputs: int, widths: Sequence[int], *, first: bool) -> nn.Sequential:
    ins = [inputs, *widths[:-1]]
    pairs = enumerate(zip(ins, widths, strict=True))
    return nn.Sequential(*(SineLayer(n, m, first=first and i == 0) for i, (n, m) in pairs))


def _last_linear(inputs: int, outputs: int) -> nn.Conv2d:
    last = nn.Conv2d(inputs, outputs, 1)
    nn.init.kaiming_normal_(last.weight, mode="fan_in", nonlinearity="relu")
    return last


def _inputs(features: torch.Tensor | None, region: Region, pose: torch.Tensor) -> torch.Tensor:
    """[features, position, pose] for every pixel of a region, (N, channels, h, w)."""
    count = pose.shape[0]
    positions = region.positions(pose.device).expand(count, -1, -1, -1)
    tiled = pose[:, :, None, None].expand(-1, -1, region.height, region.width)
    parts = [positions, tiled] if features is None else [features, positions, tiled]
    return torch.cat(parts, dim=1)
