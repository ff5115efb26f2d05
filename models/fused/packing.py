"""A student's weights as the kernels take them: padded, turned, in float16, one run for each stack."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from models.character import Character
from models.folding import HIDDEN, folded
from models.student import Weights

WIDTHS = {
    "face": (*(128,) * 8, 16),
    "body.0": (384, 384, 192, 192),
    "body.1": (192, 192, 96, 96),
    "body.2": (96, 96, 96, 16),
}
"""Outputs of each layer of a stack, its end included, padded.

Matrix units take powers of two, so the 360, 180 and 90 of the body become three parts of 128, 64 and 32.
"""


def packed_weights(character: Character) -> Weights:
    """The weights of `models/folding.py`, arranged for the kernels, on the CPU.

    For each stack: `position` (out, 2), `pose` (out, parameters) and `bias` (out, 1) of the first term,
    float32; `weights`, the (in, out) matrices of the other layers one after another, float16; `biases` of
    them, float32. Every `in` and `out` is that of WIDTHS.
    """
    source = folded(character)
    packed: Weights = {}
    for stack, widths in WIDTHS.items():
        for name in ("position", "pose", "bias"):
            packed[f"{stack}.{name}"] = _padded(source[f"{stack}.{name}"], rows=widths[0])
        layers = [f"{stack}.{number}" for number in range(HIDDEN[stack])] + [f"{stack}.end"]
        matrices = [source[f"{layer}.weight"] for layer in layers]
        biases = [source[f"{layer}.bias"] for layer in layers]
        packed[f"{stack}.weights"] = torch.cat(
            [
                _padded(matrix, *shape).T.flatten()
                for matrix, *shape in zip(matrices, widths[1:], widths[:-1], strict=True)
            ]
        ).half()
        packed[f"{stack}.biases"] = torch.cat(
            [_padded(bias, rows).flatten() for bias, rows in zip(biases, widths[1:], strict=True)]
        )
    return packed


def _padded(matrix: torch.Tensor, rows: int, columns: int | None = None) -> torch.Tensor:
    height, width = matrix.shape
    return F.pad(matrix, (0, (columns or width) - width, 0, rows - height))
