"""A student's weights as the kernels take them: padded, turned, in float16, one run for each stack."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F

from models.character import Character
from models.folding import HIDDEN, folded
from models.pose import COUNT
from models.student import Weights

WIDTHS = {
    "face": (*(128,) * 8, 16),
    "body.0": (384, 384, 192, 192),
    "body.1": (192, 192, 96, 96),
    "body.2": (96, 96, 96, 16),
}
"""Outputs of each layer of a stack, its end included, padded.

Matrix units take powers of two, so the 360, 180 and 90 of the body become two parts of 256 and 128 and so on.
"""

FIRST = {"face": 0, "body.0": 128, "body.1": 512, "body.2": 704}
"""Where the first terms of a stack begin among those of all stacks."""

CHANNELS = 800
"""First terms of all stacks."""

INPUTS = COUNT + 3
"""What a first term is made of: the pose, then x, y and 1."""

# Channels beyond those of a layer that are always 1, being the sine of a right angle: what multiplies them is
# a bias. Two, as float16 holds a bias in two numbers as finely as float32 does.
ONES = 2


def packed_weights(character: Character) -> Weights:
    """The weights of `models/folding.py`, arranged for the kernels, on the CPU.

    `first`: float32 (CHANNELS, INPUTS), the first terms of all stacks. For each stack `weights`: the (in,
    out) matrices of the other layers one after another, float16; every `in` and `out` is that of WIDTHS.
    The body's biases are among them; those of the face, whose layers have no channel to spare, are
    `face.biases`, float32.
    """
    source = folded(character)
    packed: Weights = {"first": torch.cat([_first(source, stack) for stack in WIDTHS])}
    for stack in WIDTHS:
        packed[f"{stack}.weights"] = torch.cat([matrix.flatten() for matrix in _layers(source, stack)]).half()
    packed["face.biases"] = torch.cat(
        [
            _padded(source[f"face.{layer}.bias"], rows).flatten()
            for layer, rows in zip(_names("face"), WIDTHS["face"][1:], strict=True)
        ]
    )
    return packed


def _names(stack: str) -> list[str]:
    return [*map(str, range(HIDDEN[stack])), "end"]


def _first(source: Weights, stack: str) -> torch.Tensor:
    position, pose, bias = (source[f"{stack}.{name}"] for name in ("position", "pose", "bias"))
    terms = torch.cat([F.pad(pose, (0, COUNT - pose.shape[1])), position, bias], dim=1)
    terms = _padded(terms, WIDTHS[stack][0])
    if stack != "face":
        terms[len(bias) : len(bias) + ONES, -1] = math.pi / 2
    return terms


def _layers(source: Weights, stack: str) -> list[torch.Tensor]:
    """The (in, out) matrices of a stack's layers, of the numbers that float16 holds."""
    matrices = []
    for layer, inputs, outputs in zip(_names(stack), WIDTHS[stack], WIDTHS[stack][1:], strict=False):
        weight, bias = source[f"{stack}.{layer}.weight"], source[f"{stack}.{layer}.bias"]
        matrix = _padded(weight, outputs, inputs).T.contiguous()
        if stack != "face":
            columns = weight.shape[1]
            right = torch.full((ONES if layer != "end" else 0,), math.pi / 2)
            biases = torch.cat([bias[:, 0], right])
            matrix[columns, : len(biases)] = biases.half().float()
            matrix[columns + 1, : len(biases)] = biases - biases.half().float()
        matrices.append(matrix)
    return matrices


def _padded(matrix: torch.Tensor, rows: int, columns: int | None = None) -> torch.Tensor:
    height, width = matrix.shape
    return F.pad(matrix, (0, (columns or width) - width, 0, rows - height))
