"""The native engine draws what the released program draws, for two released characters."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from models.bench import WHITE, psnr
from models.character import load_character
from models.engine import Request
from models.native.engine import NativeEngine
from models.native.library import LIBRARY, Library
from models.pictures import to_display
from models.pose import COUNT, MAXIMUM, MINIMUM
from models.view import View
from released import differences

AMX = "amx"
CHARACTERS = ("lambda_00", "lambda_01")


@pytest.fixture(params=CHARACTERS)
def character(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def engine(real_data: Path, character: str) -> NativeEngine:
    """With the fastest fine kernel that keeps to float32."""
    if not LIBRARY.is_file() and not any(map(shutil.which, ("c++", "g++", "clang++"))):
        pytest.skip("This machine has no C++ compiler, so the native library was not built.")
    engine = NativeEngine(library=Library(next(name for name in reversed(Library().fine) if name != AMX)))
    engine.load(load_character(real_data / "characters" / character))
    return engine


def test_every_stage_is_the_released_programs(real_data: Path, character: str, engine: NativeEngine) -> None:
    golden = np.load(real_data / "goldens" / f"{character}_stages.npz")
    got = engine.stages([Request(character, golden["pose"].reshape(45))])
    for name, difference in differences(got, golden).items():
        assert difference.max() < (1e-4 if name == "warped" else 1e-3), name
        assert np.count_nonzero(difference > 1e-3) < 20, name


def test_the_reference_frames_are_drawn(real_data: Path, character: str, engine: NativeEngine) -> None:
    golden = np.load(real_data / "goldens" / f"{character}.npz")
    frames = engine.draw([Request(character, pose) for pose in golden["poses"].astype(np.float32)])
    for frame, expected in zip(frames, golden["blended"], strict=True):
        # The references are rounded to float16, by up to 2.5e-4 below 1 in size.
        assert np.abs(frame.numpy() - expected.astype(np.float32)).max() < 1.5e-3


def test_tiles_of_amx_draw_them_to_within_a_step_of_8_bits(real_data: Path, character: str) -> None:
    if not LIBRARY.is_file() or AMX not in Library().kernels:
        pytest.skip("This machine has no AMX, or no compiler that knows it.")
    engine = NativeEngine(library=Library(AMX))
    engine.load(load_character(real_data / "characters" / character))
    golden = np.load(real_data / "goldens" / f"{character}.npz")
    frames = engine.draw([Request(character, pose) for pose in golden["poses"].astype(np.float32)])
    for frame, expected in zip(frames, golden["blended"], strict=True):
        difference = np.abs(frame.numpy() - expected.astype(np.float32))
        assert difference.max() < 2 / 255
        assert 10 * np.log10(4 / np.mean(difference**2)) > 80


WHOLE_NUMBERS = ("avx2_int16", "avx_vnni", "avx512_vnni")


@pytest.mark.parametrize("kernel", WHOLE_NUMBERS)
def test_whole_numbers_draw_them_as_well_as_is_wanted(real_data: Path, character: str, kernel: str) -> None:
    if not LIBRARY.is_file() or kernel not in Library().kernels:
        pytest.skip(f"This machine has no {kernel}, or no compiler that knows it.")
    engines = NativeEngine(library=Library(kernel)), NativeEngine(library=Library(fine=True))
    for engine in engines:
        engine.load(load_character(real_data / "characters" / character))
    poses = np.random.default_rng(0).uniform(MINIMUM, MAXIMUM, (12, COUNT)).astype(np.float32)
    requests = [Request(character, pose, View(256)) for pose in poses]
    drawn = zip(*(engine.draw(requests) for engine in engines), strict=True)
    likeness = [psnr(*(to_display(frame[None], WHITE)[0, ..., :3] for frame in pair)) for pair in drawn]
    assert np.mean(likeness) > 48
    assert min(likeness) > 42
