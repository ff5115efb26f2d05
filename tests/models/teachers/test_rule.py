import hashlib

import numpy as np
import torch

from models.teachers.rule import by_rule
from models.teachers.system import System


def test_a_weight_follows_from_its_name_alone(separable: System) -> None:
    name = "public/tha3-separable/editor/body.downsample_blocks.0.1.weight"
    seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little")
    wanted = np.random.default_rng(seed).standard_normal((32, 16, 1, 1)).astype(np.float32) / 4
    found = separable.networks()["editor"].state_dict()["body.downsample_blocks.0.1.weight"]
    assert np.allclose(found.numpy(), wanted, atol=1e-7)


def test_norms_stay_near_one_and_flows_gentle(separable: System) -> None:
    weights = separable.networks()["face_morpher"].state_dict()
    assert abs(float(weights["body.downsample_blocks.0.2.weight"].mean()) - 1) < 0.1
    assert float(weights["iris_mouth_grid_change.weight"].std()) < 0.02 / np.sqrt(64 * 9) * 1.2


def test_another_namespace_gives_other_weights(separable: System) -> None:
    other = by_rule("tha3-separable", "private").state_dict()
    assert all(not torch.equal(value, other[key]) for key, value in separable.state_dict().items())
