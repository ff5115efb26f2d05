"""Round characters, which show a disc and nothing beyond, for the tests of skipping."""

from dataclasses import replace

import torch

from models.character import Character
from models.reach import CELLS, SHADES, Reach
from models.regions import whole


def reach_of(near: float, far: float) -> Reach:
    """A disc that calm poses show, and a larger one for those of grade 1."""
    cells = torch.where(disc(near), SHADES[0], torch.where(disc(far), SHADES[1], 0))
    return Reach(cells.byte())


def disc(radius: float) -> torch.Tensor:
    """The cells of a disc in the middle; of radius 1 it touches the edges."""
    x, y = whole(CELLS).positions(torch.device("cpu"))
    return torch.hypot(x, y) < radius


def stirred(sample: Character, reach: Reach | None) -> Character:
    """The character as it only shows its picture, stirred a little by every number of a pose."""
    body = dict(sample.body)
    scales = torch.tensor([0.01, 0.01, 0, 1, 1, 1, 1])
    body["last_linear.weight"] = body["last_linear.weight"] * scales[:, None, None, None]
    body["last_linear.bias"] = body["last_linear.bias"] * scales
    return replace(sample, body=body, reach=reach)
