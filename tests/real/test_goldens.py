"""Both engines draw what the released program draws, for two released characters."""

from pathlib import Path

import numpy as np
import pytest
import torch

from models.character import load_character
from models.engine import Engine, Request
from models.folded import FoldedEngine
from models.literal import LiteralEngine
from released import differences

CPU = torch.device("cpu")
CHARACTERS = ("lambda_00", "lambda_01")


def built(name: str, folder: Path) -> FoldedEngine | LiteralEngine:
    engine = FoldedEngine(CPU) if name == "folded" else LiteralEngine(CPU)
    engine.load(load_character(folder))
    return engine


@pytest.mark.parametrize("engine_name", ["folded", "literal"])
@pytest.mark.parametrize("character", CHARACTERS)
def test_every_stage_is_the_released_programs(real_data: Path, character: str, engine_name: str) -> None:
    golden = np.load(real_data / "goldens" / f"{character}_stages.npz")
    engine = built(engine_name, real_data / "characters" / character)
    got = engine.stages([Request(character, golden["pose"].reshape(45))])
    for name, difference in differences(got, golden).items():
        assert difference.max() < (1e-4 if name == "warped" else 1e-3), name
        assert np.count_nonzero(difference > 1e-3) < 20, name


@pytest.mark.parametrize("character", CHARACTERS)
def test_the_folded_engine_draws_the_reference_frames(real_data: Path, character: str) -> None:
    golden = np.load(real_data / "goldens" / f"{character}.npz")
    engine: Engine = built("folded", real_data / "characters" / character)
    frames = engine.draw([Request(character, pose) for pose in golden["poses"][:2].astype(np.float32)])
    for frame, expected in zip(frames, golden["blended"][:2], strict=True):
        # The references are rounded to float16, by up to 2.5e-4 below 1 in size.
        assert np.abs(frame.numpy() - expected.astype(np.float32)).max() < 1.5e-3
