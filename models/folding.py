"""A student's weights, rearranged so that a frame costs less and comes out the same.

Three things are exact. The 30 of every sine layer is multiplied into its weights. In a first layer the
pose is the same for every pixel, so its part is one vector for each frame, and the position's part has
rank two. And a 1x1 layer commutes with the bilinear upsample, so the part of a level's first layer that
sees the features below is drawn as the end of the level below, with a quarter of the pixels.

So the face morpher and each level of the body morpher become one shape, a *stack*: a first term from
position and pose, hidden sine layers, and an end without a sine.
"""

from __future__ import annotations

import torch

from models.character import Character
from models.student import OMEGA, SIZES, Weights

LEVELS = len(SIZES.body_levels)
HIDDEN = {
    "face": len(SIZES.face_layers) - 1,
    **{f"body.{level}": len(widths) - 1 for level, widths in enumerate(SIZES.body_levels)},
}


def folded(character: Character) -> Weights:
    """The rearranged weights of a character, float32 on the CPU.

    For each stack (face, body.0, body.1, body.2): `position` (out, 2), `pose` (out, parameters), `bias`
    (out, 1) of the first term; `0.weight` (out, in) and `0.bias` (out, 1) and so on of the hidden layers,
    and the same as `end`.
    """
    weights = {f"face.{key}": value for key, value in _face(character.face).items()}
    for level in range(LEVELS):
        weights |= {f"body.{level}.{key}": value for key, value in _level(character.body, level).items()}
    return weights


def _face(face: Weights) -> Weights:
    prefix = "siren.sine_layers"
    end = {"end.weight": _matrix(face, "siren.last_linear"), "end.bias": _bias(face, "siren.last_linear")}
    return _first(face, f"{prefix}.0.linear", 0) | _hidden(face, prefix, HIDDEN["face"]) | end


def _level(body: Weights, level: int) -> Weights:
    features = SIZES.body_levels[level - 1][-1] if level else 0
    prefix = f"siren_layers.{level}"
    first = _first(body, f"{prefix}.0.linear", features)
    return first | _hidden(body, prefix, HIDDEN[f"body.{level}"]) | _end(body, level)


def _first(source: Weights, key: str, features: int) -> Weights:
    weight = OMEGA * _matrix(source, key)
    return {
        "position": weight[:, features : features + 2],
        "pose": weight[:, features + 2 :],
        "bias": OMEGA * _bias(source, key),
    }


def _hidden(source: Weights, prefix: str, count: int) -> Weights:
    layers: Weights = {}
    for number in range(count):
        key = f"{prefix}.{number + 1}.linear"
        layers[f"{number}.weight"] = OMEGA * _matrix(source, key)
        layers[f"{number}.bias"] = OMEGA * _bias(source, key)
    return layers


def _end(body: Weights, level: int) -> Weights:
    if level == LEVELS - 1:
        return {"end.weight": _matrix(body, "last_linear"), "end.bias": _bias(body, "last_linear")}
    features = SIZES.body_levels[level][-1]
    weight = OMEGA * _matrix(body, f"siren_layers.{level + 1}.0.linear")[:, :features]
    return {"end.weight": weight, "end.bias": torch.zeros(len(weight), 1)}


def _matrix(source: Weights, key: str) -> torch.Tensor:
    return source[f"{key}.weight"].flatten(1)


def _bias(source: Weights, key: str) -> torch.Tensor:
    return source[f"{key}.bias"][:, None]
