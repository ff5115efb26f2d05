"""The kernels run on the GPU where there is one, and in Triton's interpreter elsewhere."""

import math
import os

import pytest
import torch

from models import cost

if not torch.cuda.is_available():
    # Triton reads it when it is first imported.
    os.environ["TRITON_INTERPRET"] = "1"

pytest.importorskip("triton", reason="The package triton is not installed.")


@pytest.fixture(scope="session")
def device() -> torch.device:
    """Where kernels run."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


@pytest.fixture(autouse=True)
def _skipping(monkeypatch: pytest.MonkeyPatch) -> None:
    """It pays to skip in small views, too, which cost the interpreter less."""
    monkeypatch.setattr(cost, "_WORTH", math.inf)
