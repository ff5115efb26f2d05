"""The native library, which every machine with a compiler must have."""

import shutil

import pytest

from models.native.library import LIBRARY, Library

COMPILERS = ("c++", "g++", "clang++")


@pytest.fixture(scope="session")
def library() -> Library:
    """The library with its fastest kernel; where it could not have been built, the test is skipped."""
    if not LIBRARY.is_file() and not any(map(shutil.which, COMPILERS)):
        pytest.skip("This machine has no C++ compiler, so the native library was not built.")
    return Library()
