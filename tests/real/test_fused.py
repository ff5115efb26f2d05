"""The GPU's kernels draw released characters as well as float16 allows."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

# In a process of its own, as Triton's interpreter must be chosen before it is first imported.
PROGRAM = """
import json, sys
from pathlib import Path
import numpy as np, torch
from models.bench import psnr
from models.character import load_character
from models.engine import Request, View
from models.folded import FoldedEngine
from models.fused.engine import FusedEngine
from models.pictures import to_display
from models.pose import MAXIMUM, MINIMUM

device, found = torch.device(sys.argv[2]), []
engines = [FusedEngine(device), FoldedEngine(device)]
for number, name in enumerate(("lambda_00", "lambda_01", "lambda_02")):
    pose = np.random.default_rng(number).uniform(MINIMUM, MAXIMUM).astype(np.float32)
    pictures = []
    for engine in engines:
        engine.load(load_character(Path(sys.argv[1]) / name))
        (frame,) = engine.draw([Request(name, pose, View(256))])
        pictures.append(to_display(frame[None], (255, 255, 255))[0, ..., :3])
    found.append(psnr(*pictures))
print(json.dumps(found))
"""


def test_released_characters_keep_48_db(real_data: Path) -> None:
    pytest.importorskip("triton", reason="The package triton is not installed.")
    environment, device = dict(os.environ), "cuda"
    if not torch.cuda.is_available():
        environment["TRITON_INTERPRET"], device = "1", "cpu"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM, str(real_data / "characters"), device],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
        timeout=170,
    )
    assert min(json.loads(done.stdout)) > 48
