"""A made-up character: an untrained student and a drawn disc, for tests and load runs without real data."""

from __future__ import annotations

import torch

from models.character import Character
from models.pictures import packed, unpacked
from models.regions import whole
from models.student import random_student
from models.view import FULL


def sample_character(character: str, seed: int = 0) -> Character:
    """A valid character with the id `character`, the same for the same seed.

    Its picture is a shaded disc with a soft edge on a transparent ground.
    """
    face, body = random_student(seed)
    return Character(character, f"Sample {seed}", _disc(seed), face, body)


def _disc(seed: int) -> torch.Tensor:
    x, y = whole(FULL).positions(torch.device("cpu"))
    alpha = ((0.8 - torch.hypot(x, y)) * FULL / 4).clamp(0, 1)
    shade = torch.stack([(x + 1) / 2, (y + 1) / 2, torch.full_like(x, (seed * 0.37) % 1)])
    # Of 8-bit steps, as every picture that comes from a file.
    return unpacked(packed(torch.cat([shade * alpha, alpha[None]]) * 2 - 1)[None])[0]
