"""The kernels run on the GPU where there is one, and in Triton's interpreter elsewhere."""

import os

import pytest
import torch

if not torch.cuda.is_available():
    # Triton reads it when it is first imported.
    os.environ["TRITON_INTERPRET"] = "1"

pytest.importorskip("triton", reason="The package triton is not installed.")


@pytest.fixture(scope="session")
def device() -> torch.device:
    """Where kernels run."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")
