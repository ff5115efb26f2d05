"""Real students through the real server: what comes out of the socket is what the released program draws."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from bunraku_client import Video, connect
from bunraku_client.load import Load, run_load
from models.character import save_character
from models.native.library import LIBRARY, Library
from models.pictures import to_display
from models.sample import sample_character
from server.bench import running_server
from shown import picture


@pytest.mark.parametrize("character", ["lambda_00", "lambda_01"])
async def test_a_served_picture_is_the_reference_frame(real_data: Path, character: str) -> None:
    goldens = np.load(real_data / "goldens" / f"{character}.npz")
    pose = goldens["poses"][3]
    frame = torch.from_numpy(goldens["blended"][3].astype(np.float32))[None]
    expected = {background: to_display(frame, background)[0].numpy() for background in (None, (0, 128, 255))}
    # Whole numbers of 16 bits, where the processor has nothing finer as quick, are measured by themselves.
    engine = f"native:{Library().fine[-1]}" if LIBRARY.is_file() else "auto"
    folder = str(real_data / "characters")
    async with running_server("--characters", folder, "--engine", engine) as address:
        for background, pixels in expected.items():
            asked = "transparent" if background is None else "#0080ff"
            video = Video(codecs=("raw",), background=asked)
            async with connect(address, character, video=video, idle=False) as session:
                shown = await picture(session, await session.pose(pose))
            # The reference is float16, and straight colour under little alpha magnifies its rounding.
            sure = pixels[..., 3] >= 32
            difference = np.abs(shown.astype(int) - pixels)
            assert difference[..., 3].max() <= 2
            assert difference[sure].max() <= 6
            assert difference[sure].mean() < 0.1


async def test_twenty_sessions_over_real_and_made_up_characters(real_data: Path, tmp_path: Path) -> None:
    names = []
    for number in range(3):
        names += [f"made_up_{number}", f"lambda_0{number}"]
        save_character(sample_character(names[-2], number), tmp_path / names[-2])
        shutil.copytree(real_data / "characters" / names[-1], tmp_path / names[-1])
    async with running_server("--characters", str(tmp_path)) as address:
        load = Load(address, 20, names, seconds=8.0, fps=4.0, video=Video(codecs=("webp",), size=128))
        report = await run_load(load)
    assert (report.opened, report.worked) == (20, 20)
    assert (report.refused, report.lost) == ({}, {})
    assert report.fps_min is not None and report.fps_mean is not None
    assert report.fps_min > report.fps_mean / 3
