"""The native library comes out the same of every compiler that there is."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from models.engine import Request
from models.native.engine import NativeEngine
from models.native.library import LIBRARY, Library
from models.sample import sample_character
from models.view import View

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def by_clang(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library, built by clang from a copy of its sources."""
    if not LIBRARY.is_file() or shutil.which("clang++") is None:
        pytest.skip("There is no clang here, or no library to compare with.")
    folder = tmp_path_factory.mktemp("clang")
    shutil.copy(ROOT / "setup.py", folder)
    sources = shutil.ignore_patterns("*.so", "*.py", "__pycache__")
    shutil.copytree(ROOT / "models" / "native", folder / "models" / "native", ignore=sources)
    done = subprocess.run(
        [sys.executable, "setup.py", "build_ext", "--inplace"],
        cwd=folder,
        env={**os.environ, "CC": "clang", "CXX": "clang++"},
        check=True,
        capture_output=True,
        text=True,
        timeout=170,
    )
    assert "warning: " not in done.stderr
    return folder / "models" / "native" / LIBRARY.name


def test_clang_builds_every_kernel_that_the_other_compiler_builds(by_clang: Path) -> None:
    assert Library(path=by_clang).kernels == Library().kernels


def test_what_clang_built_draws_the_same_picture(by_clang: Path) -> None:
    pose = np.random.default_rng(0).uniform(0, 1, 45).astype(np.float32)
    for kernel in Library().kernels:
        frames = []
        for path in (None, by_clang):
            engine = NativeEngine(library=Library(kernel, path))
            engine.load(sample_character("ada"))
            frames += engine.draw([Request("ada", pose, View(128))])
        torch.testing.assert_close(*frames, atol=1e-5, rtol=0, msg=kernel)
