"""The full systems against what the released programs' networks compute, with weights made by rule."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from models.pictures import read_picture
from models.teachers.rule import by_rule
from models.teachers.system import Steps, System, Version
from models.teachers.tha3 import HalfRotated

CLOSE = 5e-4
"""Mean difference over the standard deviation of the reference."""


@pytest.mark.parametrize("version", ["tha4", "tha3"])
def test_every_array_agrees(version: Version, real_data: Path) -> None:
    folder = real_data / "goldens"
    system = by_rule(version).requires_grad_(False)
    check_keys(system, json.loads((folder / f"state_dict_{version}.json").read_text()))
    with np.load(folder / f"teacher_{version}.npz") as file:
        wanted = dict(file)
    with torch.inference_mode():
        portrait = system.portrait(read_picture(folder / f"teacher_{version}.png"))
        found = arrays(system(portrait, torch.from_numpy(wanted.pop("pose"))))
    assert found.keys() == wanted.keys()
    errors = {name: float(np.abs(found[name] - array).mean() / array.std()) for name, array in wanted.items()}
    assert all(error < CLOSE for error in errors.values()), errors


def check_keys(system: System, shapes: dict[str, dict[str, list[int]]]) -> None:
    found = {
        name: {key: list(tensor.shape) for key, tensor in network.state_dict().items()}
        for name, network in system.networks().items()
    }
    assert found == shapes


def arrays(steps: Steps) -> dict[str, np.ndarray]:
    half, full = steps.half, steps.full
    quarter = {
        "merged": full.merged,
        "alpha": full.alpha,
        "warped": full.warped,
        "flow": full.flow,
        "direct": full.direct,
        "half_warped": half.warped,
        "half_flow": half.flow,
        "half_direct": half.direct,
    }
    if not isinstance(half, HalfRotated):
        quarter |= {
            "half_merged": half.merged,
            "half_alpha": half.alpha,
            "face_morphed_full": steps.rest,
        }
    halves = {
        "face_morpher": steps.face,
        "eyebrow_combined": steps.browed.combined,
        "eyebrow_warped": steps.browed.warped,
        "eyebrow_layer": steps.brows.layer,
        "eyebrow_background": steps.brows.background,
    }
    return {name: image[0, :, ::4, ::4].numpy() for name, image in quarter.items()} | {
        name: image[0, :, ::2, ::2].numpy() for name, image in halves.items()
    }
