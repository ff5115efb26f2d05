"""Where the real recordings stand, for the tests that need them."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data: $BUNRAKU_REAL_DATA, or shared/data beside the checkout."""
    beside = Path(__file__).parents[3] / "shared" / "data"
    folder = Path(os.environ.get("BUNRAKU_REAL_DATA") or beside)
    if not folder.is_dir():
        pytest.skip(f"The real data is not here: {folder} is no folder.")
    return folder
